//! Files and git from the command line: the built binary on its data folder and as a client of a server.

use std::path::Path;

use crate::common::By;
use crate::common::program::Program;
use crate::common::site::Site;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

crate::of_the_binary!(a_folder_is_pulled_edited_and_pushed => story);

const MAIN: &str = "# Kept by hand
display_name: Greeting
messages: [system.md, user.md]
parameters:
  - name: name
    type: string
    required: true
";

/// What a command ended with, and what it printed to its two outputs.
struct Said {
    code: Option<i32>,
    out: String,
    error: String,
}

struct Client<'a> {
    program: &'a Program<'a>,
    url: &'a str,
    key: &'a str,
}

impl Client<'_> {
    fn run(&self, args: &[&str]) -> Result<Said> {
        let mut command = self.program.command(args);
        command.env("PROMPTORY_URL", self.url).env("PROMPTORY_API_KEY", self.key);
        let output = command.output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Ok(Said { code: output.status.code(), out: text(&output.stdout), error: text(&output.stderr) })
    }
    /// Runs a command that ends with this, and gives what it printed.
    fn ends(&self, code: i32, args: &[&str]) -> Result<String> {
        let said = self.run(args)?;
        ensure!(said.code == Some(code), "{args:?} ended with {:?}: {} {}", said.code, said.out, said.error);
        Ok(said.out + "\n" + &said.error)
    }
}

fn put(folder: &Path, path: &str, text: &str) -> Result<()> {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
    Ok(std::fs::write(path, text)?)
}
fn get(folder: &Path, path: &str) -> Result<String> {
    Ok(std::fs::read_to_string(folder.join(path))?)
}
/// Writes another text in place of one that a file has.
fn edit(folder: &Path, path: &str, from: &str, to: &str) -> Result<()> {
    let text = get(folder, path)?;
    ensure!(text.contains(from), "{path} has no {from}: {text}");
    put(folder, path, &text.replace(from, to))
}

async fn story(program: &Program<'_>) -> Result<()> {
    program.prints(&["project", "create", "team"], "")?;
    let scopes = "templates:read,templates:write";
    let key = program.prints(&["key", "create", "git", "--project", "team", "--scopes", scopes], "")?;
    put(program.folder, "seed/greet/prompt.yaml", MAIN)?;
    put(program.folder, "seed/greet/system.md", "Be kind.\n")?;
    put(program.folder, "seed/greet/user.md", "Hello {{ name }}\n\n")?;
    put(program.folder, "seed/other.prompty", "user:\nOther\n")?;
    here(program)?;
    let mut running = program.serve()?;
    let client = Client { program, url: &running.url, key: &key };
    there(&client).await?;
    breaking(&client)?;
    conflict(&client).await?;
    own_files_stay(&client)?;
    unread_files_stay(&client)?;
    other_formats_stay(&client)?;
    front_matter_follows(&client)?;
    ensure!(client.ends(2, &["prompt", "push", "--on-conflict", "perhaps"])?.contains("use refuse or new_version"));
    let stranger = Client { key: "ppy_production_none_none", ..client };
    ensure!(stranger.ends(1, &["prompt", "pull", "--dir", "work"])?.contains("key"));
    running.terminate()
}

/// Folder and archive on the data folder.
fn here(program: &Program<'_>) -> Result<()> {
    let said = program.prints(&["import", "seed", "--project", "team", "--dry-run"], "")?;
    ensure!(said.ends_with("2 new, 0 changed, 0 the same (nothing is written yet)"), "{said}");
    let said = program.prints(&["import", "seed", "--project", "team", "-m", "Start"], "")?;
    ensure!(said == "+ greet: version 1\n+ other: version 1\n2 new, 0 changed, 0 the same", "{said}");
    let said = program.prints(&["export", "all.zip", "--project", "team"], "")?;
    ensure!(said == "3 files are in all.zip", "{said}");
    program.prints(&["project", "create", "copy"], "")?;
    program.prints(&["import", "all.zip", "--project", "copy"], "")?;
    program.prints(&["export", "copied", "--project", "copy", "--keys", "greet"], "")?;
    ensure!(get(program.folder, "copied/prompts/greet/user.md")? == "Hello {{ name }}\n\n");
    let prompty = program.run(&["export", "prompty", "--project", "team", "--format", "prompty", "--json"], "")?;
    let files: Value = serde_json::from_slice(&prompty.stdout)?;
    ensure!(files == json!([".gitattributes", "prompts/greet.prompty", "prompts/other.prompty"]), "{files}");
    put(program.folder, "renamed/greet/prompt.yaml", &MAIN.replace("name: name", "name: person"))?;
    put(program.folder, "renamed/greet/system.md", "Be kind.\n")?;
    put(program.folder, "renamed/greet/user.md", "Hello {{ person }}\n")?;
    let args = ["import", "renamed", "--project", "copy", "--on-conflict", "new_version"];
    let failed = program.run(&args, "")?;
    let complaint = String::from_utf8_lossy(&failed.stderr).into_owned();
    ensure!(failed.status.code() == Some(1) && complaint.contains("`greet` breaks callers: `person`"), "{complaint}");
    program.prints(&[args.as_slice(), &["--allow-breaking"]].concat(), "")?;
    put(program.folder, "front/by_hand/system.md", "---\ndisplay_name: By hand\n---\nBe brief.\n")?;
    put(program.folder, "front/docs/guide.md", "---\ntitle: No prompt\n---\nRead me.\n")?;
    let said = program.prints(&["import", "front", "--project", "copy"], "")?;
    ensure!(said == "+ by_hand: version 1\n1 new, 0 changed, 0 the same", "{said}");
    put(program.folder, "broken/x/prompt.yaml", "kynd: x")?;
    let failed = program.run(&["import", "broken", "--project", "team"], "")?;
    let complaint = String::from_utf8_lossy(&failed.stderr);
    ensure!(
        failed.status.code() == Some(1) && complaint.contains("x/prompt.yaml:1: `kynd` is not known here"),
        "{complaint}"
    );
    Ok(())
}

/// Pull, edit, diff, push, and the new version is there.
async fn there(client: &Client<'_>) -> Result<()> {
    let folder = client.program.folder;
    ensure!(client.ends(0, &["prompt", "pull", "--dir", "work"])?.contains("2 templates are in work"));
    ensure!(client.ends(0, &["prompt", "diff", "--dir", "work"])?.contains("nothing differs"));
    put(folder, "work/prompts/greet/user.md", "Good day, {{ name }}\n\n")?;
    let said = client.ends(1, &["prompt", "diff", "--dir", "work"])?;
    ensure!(said.contains("-Hello {{ name }}\n+Good day, {{ name }}"), "{said}");
    let said = client.run(&["prompt", "diff", "greet", "--dir", "work", "--json"])?;
    let differing: Value = serde_json::from_str(&said.out)?;
    ensure!(differing[0]["key"] == "greet" && differing[0]["state"] == "changed", "{differing}");
    let said = client.ends(0, &["prompt", "push", "--dir", "work", "--dry-run"])?;
    ensure!(said.contains("~ greet: version 1 → 2") && said.contains("+ Good day"), "{said}");
    ensure!(number(client).await? == 1);
    let said = client.ends(1, &["prompt", "pull", "--dir", "work"])?;
    ensure!(said.contains("greet was edited here"), "{said}");
    let said = client.ends(0, &["prompt", "push", "--dir", "work", "-m", "Politer"])?;
    // What is going to be written is shown before it is.
    ensure!(said.contains("~ greet: version 1 → 2") && said.contains("+ Good day"), "{said}");
    ensure!(said.contains("(nothing is written yet)"), "{said}");
    ensure!(number(client).await? == 2);
    client.ends(0, &["prompt", "diff", "--dir", "work"])?;
    ensure!(get(folder, "work/prompts/greet/system.md")?.starts_with("---\nexported:\n  version: 2\n"));
    ensure!(client.ends(0, &["prompt", "push", "--dir", "work"])?.contains("0 new, 0 changed, 2 the same"));
    // A message less is a file less after the next pull elsewhere.
    client.ends(0, &["prompt", "pull", "greet", "--dir", "second"])?;
    let (front, text) = (get(folder, "work/prompts/greet/system.md")?, get(folder, "work/prompts/greet/user.md")?);
    std::fs::remove_file(folder.join("work/prompts/greet/system.md"))?;
    // Without what stood in front of it, the rest is no template: nothing of it is written, and it is told.
    ensure!(client.ends(0, &["prompt", "push", "--dir", "work"])?.contains("0 changed"));
    ensure!(client.ends(1, &["prompt", "diff", "--dir", "work"])?.contains("only in the project: greet"));
    let front = front.replace("  - system.md\n", "").replace("Be kind.\n", "");
    put(folder, "work/prompts/greet/user.md", &(front + &text))?;
    client.ends(0, &["prompt", "push", "greet", "--dir", "work"])?;
    client.ends(0, &["prompt", "pull", "greet", "--dir", "second"])?;
    ensure!(!folder.join("second/prompts/greet/system.md").exists());
    Ok(())
}

/// The template's latest version on the server.
async fn number(client: &Client<'_>) -> Result<i64> {
    let by = By::Key(client.key.to_owned());
    let path = "/api/v1/admin/prompts/templates/greet";
    let answer = Site::new(client.url)?.send("GET", path, &by, None).await?.expect(200)?;
    Ok(answer.at("/version").as_i64().unwrap_or_default())
}

fn breaking(client: &Client<'_>) -> Result<()> {
    let (folder, path) = (client.program.folder, "work/prompts/greet/user.md");
    edit(folder, path, "name: name", "name: person")?;
    edit(folder, path, "Good day, {{ name }}\n\n", "Hello {{ person }}\n")?;
    let said = client.ends(1, &["prompt", "push", "--dir", "work"])?;
    ensure!(said.contains("callers would be refused: greet") && said.contains("breaks callers: `person`"), "{said}");
    client.ends(1, &["prompt", "push", "--dir", "work", "--dry-run"])?;
    client.ends(0, &["prompt", "push", "--dir", "work", "--allow-breaking"])?;
    Ok(())
}

async fn conflict(client: &Client<'_>) -> Result<()> {
    let by = By::Key(client.key.to_owned());
    let text = json!({ "template_text": "Hi {{ person }}" });
    let path = "/api/v1/admin/prompts/templates/greet";
    Site::new(client.url)?.send("PUT", path, &by, Some(text)).await?.expect(200)?;
    let (folder, file) = (client.program.folder, "work/prompts/greet/user.md");
    edit(folder, file, "Hello {{ person }}", "Mine {{ person }}")?;
    let said = client.ends(1, &["prompt", "push", "--dir", "work"])?;
    ensure!(said.contains("changed there since the files were pulled: greet"), "{said}");
    let before = number(client).await?;
    client.ends(0, &["prompt", "push", "--dir", "work", "--on-conflict", "new_version"])?;
    ensure!(number(client).await? == before + 1);
    edit(folder, file, "Mine", "Lost")?;
    client.ends(0, &["prompt", "pull", "--dir", "work", "--force"])?;
    ensure!(get(folder, file)?.ends_with("\n---\nMine {{ person }}\n"));
    Ok(())
}

/// What is no message of a template stays, whatever it is; what is no prompt is not even read.
fn own_files_stay(client: &Client<'_>) -> Result<()> {
    let folder = client.program.folder;
    for path in ["work/prompts/greet/README.md", "work/prompts/greet/notes.md"] {
        put(folder, path, "Mine\n")?;
    }
    put(folder, "work/docs/plan.md", "")?;
    std::fs::write(folder.join("work/docs/plan.md"), b"Gr\xfc\xdfe")?;
    std::fs::write(folder.join("work/docs/ci.yaml"), b"\xff")?;
    client.ends(0, &["prompt", "pull", "--dir", "work"])?;
    client.ends(0, &["prompt", "push", "--dir", "work"])?;
    for path in ["work/prompts/greet/README.md", "work/prompts/greet/notes.md"] {
        ensure!(get(folder, path)? == "Mine\n", "{path}");
    }
    Ok(())
}

/// A file that can't be read may be what somebody is at.
fn unread_files_stay(client: &Client<'_>) -> Result<()> {
    let (folder, path) = (client.program.folder, "work/prompts/greet/user.md");
    edit(folder, path, "---\nexported:", "---\nkynd: x\nexported:")?;
    let said = client.ends(1, &["prompt", "pull", "--dir", "work"])?;
    ensure!(said.contains("prompts/greet/user.md:2: `kynd`") && said.contains("--force"), "{said}");
    ensure!(get(folder, path)?.contains("kynd"));
    client.ends(0, &["prompt", "pull", "other", "--dir", "work"])?;
    // What a file beside the messages says stands in front of them afterwards, and not twice.
    put(folder, "work/prompts/greet/prompt.yaml", "kynd: x")?;
    client.ends(0, &["prompt", "pull", "--dir", "work", "--force"])?;
    ensure!(!get(folder, path)?.contains("kynd") && !folder.join("work/prompts/greet/prompt.yaml").exists());
    client.ends(0, &["prompt", "push", "--dir", "work"]).map(drop)
}

/// A template that is kept in another format gets no second set of files beside it.
fn other_formats_stay(client: &Client<'_>) -> Result<()> {
    let folder = client.program.folder;
    put(folder, "mixed/other.prompty", "user:\nOther\n")?;
    let said = client.ends(0, &["prompt", "pull", "--dir", "mixed"])?;
    ensure!(said.contains("1 templates are in mixed") && said.contains("other is kept as other.prompty"), "{said}");
    ensure!(!folder.join("mixed/prompts/other").exists() && folder.join("mixed/prompts/greet").exists());
    ensure!(get(folder, "mixed/other.prompty")? == "user:\nOther\n");
    ensure!(client.ends(0, &["prompt", "push", "--dir", "mixed"])?.contains("2 the same"));
    Ok(())
}

/// A file that is a template by its front matter notes there what it was pushed as.
fn front_matter_follows(client: &Client<'_>) -> Result<()> {
    let (folder, path) = (client.program.folder, "single/brief/system.md");
    put(folder, path, "---\ndisplay_name: Brief\n---\nBe brief.\n")?;
    client.ends(0, &["prompt", "push", "--dir", "single"])?;
    let pushed = get(folder, path)?;
    ensure!(pushed.starts_with("---\nexported:\n  version: 1\n") && pushed.ends_with("\n---\nBe brief.\n"), "{pushed}");
    ensure!(client.ends(0, &["prompt", "push", "--dir", "single"])?.contains("1 the same"));
    put(folder, path, &pushed.replace("Be brief.", "Be very brief."))?;
    ensure!(client.ends(0, &["prompt", "push", "--dir", "single"])?.contains("~ brief: version 1 → 2"));
    ensure!(get(folder, path)?.contains("exported:\n  version: 2\n"));
    Ok(())
}
