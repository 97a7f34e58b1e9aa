//! The invariants of the README's architecture section, held against the sources and cargo's own view of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The most lines of a source file, and of a file of tests.
const MOST_LINES: usize = 500;
const MOST_TEST_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What cargo says, without asking any registry.
fn cargo(args: &[&str]) -> Result<String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).args(args).arg("--offline").current_dir(root()).output()?;
    ensure!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// One dependency as a manifest names it.
#[derive(Debug)]
struct Dependency {
    name: String,
    is_dev: bool,
    is_optional: bool,
    features: Vec<String>,
}

/// The workspace's own packages and what they depend on.
fn packages() -> Result<BTreeMap<String, Vec<Dependency>>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])?)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependency = |d: &Value| Dependency {
        name: text(&d["name"]),
        is_dev: d["kind"] == "dev",
        is_optional: d["optional"] == true,
        features: d["features"].as_array().into_iter().flatten().map(text).collect(),
    };
    let package =
        |p: &Value| (text(&p["name"]), p["dependencies"].as_array().into_iter().flatten().map(dependency).collect());
    Ok(metadata["packages"].as_array().context("packages")?.iter().map(package).collect())
}

/// Every source file under the folders, by its path from the root.
fn sources(folders: &[&str], extensions: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = folders.iter().map(|f| root().join(f)).filter(|f| f.exists()).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path)?.map(|e| Ok(e?.path())).collect::<Result<Vec<_>>>()?);
        } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
            let name = path.strip_prefix(root())?.to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(&path)?));
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "no sources in {folders:?}");
    Ok(found)
}

const CRATES: [&str; 7] =
    ["domain/src", "service/src", "app/src", "frontend/src", "frontend/engine/src", "server/src", "xtask/src"];

/// The file without its comments.
fn code(text: &str) -> String {
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The file without comments and without its unit tests, which stand at its end.
fn product(text: &str) -> String {
    code(text).split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

#[test]
fn dependencies_point_one_way() -> Result<()> {
    let allowed: [(&str, &[&str]); 7] = [
        ("domain", &[]),
        ("service", &["domain"]),
        ("app", &["domain", "service"]),
        ("frontend", &["app", "domain"]),
        ("engine", &["domain"]),
        ("server", &["app", "domain", "service"]),
        ("xtask", &[]),
    ];
    let packages = packages()?;
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(names, allowed.iter().map(|(name, _)| *name).collect(), "say here what a new crate may depend on");
    for (name, may) in allowed {
        let own = packages[name].iter().filter(|d| names.contains(d.name.as_str()));
        for dependency in own {
            ensure!(may.contains(&dependency.name.as_str()), "{name} depends on {}", dependency.name);
            let sides = ["ssr", "hydrate"].map(|side| dependency.features.iter().any(|f| f == side));
            match (name, dependency.name.as_str()) {
                ("app", "service") => ensure!(dependency.is_optional, "app needs service in the browser, too"),
                ("server", "app") => ensure!(sides == [true, false], "server takes app with {:?}", dependency.features),
                ("frontend", "app") => {
                    ensure!(sides == [false, true], "frontend takes app with {:?}", dependency.features);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[test]
fn each_library_is_named_only_where_it_belongs() -> Result<()> {
    let homes: [(&str, &[&str]); 8] = [
        ("sqlx", &["service"]),
        ("libsqlite3-sys", &["service"]),
        ("minijinja", &["domain"]),
        ("axum", &["app", "server"]),
        ("leptos", &["app", "frontend", "server"]),
        ("leptos_axum", &["app", "server"]),
        ("argon2", &["service"]),
        ("ureq", &["server"]),
    ];
    for (name, dependencies) in packages()? {
        for dependency in dependencies {
            let home = homes.iter().find(|(library, _)| *library == dependency.name);
            let fits = home.is_none_or(|(_, crates)| crates.contains(&name.as_str()));
            ensure!(fits, "{name} depends on {}", dependency.name);
            let late = name == "app" && ["axum", "leptos_axum"].contains(&dependency.name.as_str());
            ensure!(!late || dependency.is_optional, "{} is no dependency of app in the browser", dependency.name);
            let bench = ["criterion", "proptest", "insta", "reqwest"].contains(&dependency.name.as_str());
            ensure!(!bench || dependency.is_dev, "{name} ships {}", dependency.name);
        }
    }
    // The server calls no other host: only the command line is a client, and the one library for that is its own.
    for (word, homes) in
        [("ureq", &["server/src/cli/remote.rs"][..]), ("leptos", &["server/src/pages.rs", "server/src/api/docs.rs"])]
    {
        for (file, text) in sources(&["server/src"], &["rs"])? {
            let is_home = homes.contains(&file.as_str());
            ensure!(is_home || !product(&text).contains(&format!("{word}::")), "{file} names {word}");
        }
    }
    for client in ["reqwest", "isahc", "curl", "awc", "lettre", "openidconnect"] {
        let shipped = |d: &Dependency| d.name == client && !d.is_dev;
        let users: Vec<_> =
            packages()?.into_iter().filter(|(_, all)| all.iter().any(shipped)).map(|(n, _)| n).collect();
        ensure!(users.is_empty(), "{users:?} ship the client {client}: say here where it may call");
    }
    for (file, text) in sources(&["app/src", "service/src", "domain/src", "frontend/src"], &["rs"])? {
        ensure!(
            !code(&text).contains("axum::Router") && !code(&text).contains("routing::"),
            "{file} names axum's router"
        );
    }
    Ok(())
}

#[test]
fn the_pages_wasm_holds_no_engine_no_database_and_no_server() -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let edges = "features,normal,no-proc-macro";
    let tree = cargo(&["tree", "-p", "frontend", "--target", target, "-e", edges, "--prefix", "none"])?;
    let lines: BTreeSet<&str> = tree.lines().map(|l| l.trim_end_matches(" (*)").trim()).collect();
    for banned in ["minijinja", "similar", "sqlx", "sqlx-core", "tokio", "axum", "service", "hyper"] {
        let found: Vec<_> = lines.iter().filter(|l| l.split(' ').next() == Some(banned)).collect();
        ensure!(found.is_empty(), "the page's wasm holds {found:?}");
    }
    // Leptos' own configuration names regex and calls it on the server only; nobody else may.
    let edges = "normal,no-proc-macro";
    let users =
        cargo(&["tree", "-p", "frontend", "--target", target, "-e", edges, "--prefix", "depth", "-i", "regex"])?;
    let users: Vec<&str> = users.lines().filter_map(|l| l.strip_prefix('1')?.split(' ').next()).collect();
    ensure!(users == ["leptos_config"], "regex is used by {users:?}");
    let site = std::fs::read_dir(root().join("target/site"))?.flatten().map(|entry| entry.path());
    let is_pages = |path: &PathBuf| !path.ends_with("engine_bg.wasm");
    let modules: Vec<_> =
        site.filter(|path| path.extension().is_some_and(|e| e == "wasm" || e == "pack")).filter(is_pages).collect();
    ensure!(modules.len() > 1, "run `cargo xtask build` first: the site holds {} modules", modules.len());
    for module in modules {
        let bytes = std::fs::read(&module)?;
        let text = String::from_utf8_lossy(&bytes);
        for banned in ["regex_automata", "minijinja", "sqlx"] {
            ensure!(!text.contains(banned), "{} holds {banned}", module.display());
        }
    }
    for library in ["tachys", "leptos", "app", "leptos_router", "leptos_meta"] {
        ensure!(
            !lines.contains(format!("{library} feature \"ssr\"").as_str()),
            "{library} has the feature ssr in the browser"
        );
    }
    ensure!(lines.contains("leptos feature \"hydrate\"") && lines.len() > 100, "{} lines of a tree", lines.len());
    Ok(())
}

/// The string literals of a file, as far as a quick look tells.
fn literals(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

#[test]
fn only_service_holds_sql() -> Result<()> {
    let words = ["select ", "insert into ", "update ", "delete from ", "create table ", "alter table ", "pragma "];
    for (file, text) in sources(&["domain/src", "app/src", "frontend/src", "server/src", "xtask/src"], &["rs"])? {
        for literal in literals(&product(&text)) {
            let start = literal.trim_start().to_lowercase();
            let is_sql = words.iter().any(|w| start.starts_with(w))
                && [" from ", " set ", " values", "()", " ("].iter().any(|w| start.contains(w));
            ensure!(!is_sql, "{file} holds SQL: {literal}");
        }
    }
    Ok(())
}

#[test]
fn domain_does_no_io_reads_no_clock_and_draws_no_randomness() -> Result<()> {
    let banned = [
        "std::io::std",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant",
        "getrandom",
        "now_utc",
    ];
    for (file, text) in sources(&["domain/src"], &["rs"])? {
        let code = if file.ends_with("/tests.rs") { String::new() } else { product(&text) };
        for word in banned {
            ensure!(!code.contains(word), "{file} names {word}");
        }
    }
    Ok(())
}

/// Service functions that take a context and ask for no permission, and why.
const UNASKED: &[(&str, &str)] = &[
    ("audit.rs write", "writes the event of a change that was authorised"),
    ("idempotency.rs start", "keeps the caller's own answers apart"),
    ("idempotency.rs finish", "keeps the caller's own answers apart"),
    ("idempotency.rs give_up", "keeps the caller's own answers apart"),
    ("sessions.rs list", "one's own sessions"),
    ("sessions.rs revoke", "one's own sessions"),
    ("templates.rs find", "for functions that have asked"),
    ("users.rs change_password", "one's own password"),
    ("versions.rs read", "for functions that have asked"),
    ("versions.rs insert", "for functions that have asked"),
];

#[test]
fn a_service_function_authorises_in_its_first_line() -> Result<()> {
    let (mut asking, mut wrong) = (0, Vec::new());
    for (file, text) in sources(&["service/src"], &["rs"])? {
        let text = product(&text);
        for part in text.split("\npub ").skip(1).filter(|p| p.starts_with("async fn ") || p.starts_with("fn ")) {
            let name = part.split("fn ").nth(1).and_then(|n| n.split(['(', '<']).next()).unwrap_or_default();
            let Some((signature, body)) = part.split_once("{\n") else { continue };
            if !signature.replace("\n    ", "").contains("(ctx: &Ctx") {
                continue;
            }
            asking += 1;
            let first = body.lines().next().unwrap_or_default().trim();
            let id = format!("{} {name}", file.trim_start_matches("service/src/"));
            if !first.starts_with("ctx.authorise(") && !UNASKED.iter().any(|(known, _)| *known == id) {
                wrong.push(format!("{id}: {first}"));
            }
        }
    }
    ensure!(asking >= 30, "only {asking} service functions were found");
    ensure!(wrong.is_empty(), "these authorise later or never:\n{}", wrong.join("\n"));
    Ok(())
}

/// The most lines of a REST handler or a server function: arguments, a call, an answer.
const MOST_ADAPTER_LINES: usize = 20;

/// Where an adapter asks what a person may do: to show what they can, not to decide.
const ASKING: [&str; 1] = ["app/src/templates/detail/api.rs"];

#[test]
fn adapters_are_thin() -> Result<()> {
    let mut adapters = 0;
    let forms = ["server/src/forms.rs", "server/src/presence.rs", "server/src/pages.rs"];
    for (file, text) in sources(&[&["server/src/api", "server/src/cli", "app/src"][..], &forms].concat(), &["rs"])? {
        let text = product(&text);
        for word in [".db()", ".db.", "audit::write", ".authorise("] {
            let is_asking = word == ".authorise(" && ASKING.contains(&file.as_str());
            ensure!(is_asking || !text.contains(word), "{file} names {word}: that belongs to service");
        }
        for part in text.split("#[utoipa::path").skip(1).chain(text.split("#[server(prefix").skip(1)) {
            let (_, function) = part.split_once("async fn ").context("an adapter is a function")?;
            let body = function.split_once("{\n").map_or("", |(_, rest)| rest.split("\n}").next().unwrap_or_default());
            let name = function.split('(').next().unwrap_or_default();
            let lines = body.lines().count();
            ensure!(lines <= MOST_ADAPTER_LINES, "{file}: {name} has {lines} lines");
            adapters += 1;
        }
    }
    ensure!(adapters >= 100, "only {adapters} adapters were found");
    Ok(())
}

#[test]
fn sources_are_short_and_finished() -> Result<()> {
    for (file, text) in sources(&CRATES, &["rs"])? {
        let lines = text.lines().count();
        ensure!(lines <= MOST_LINES, "{file} has {lines} lines: make it a folder");
        for word in ["todo!(", "unimplemented!(", "FIXME", "dbg!("] {
            ensure!(!text.contains(word), "{file} holds {word}");
        }
    }
    for (file, text) in sources(&["migrations", "style", "end2end"], &["sql", "css", "mjs"])? {
        ensure!(text.lines().count() <= MOST_LINES, "{file} has {} lines", text.lines().count());
    }
    for (file, text) in sources(&["domain/tests", "service/tests", "server/tests", "server/benches"], &["rs"])? {
        ensure!(text.lines().count() <= MOST_TEST_LINES, "{file} has {} lines", text.lines().count());
    }
    Ok(())
}

/// A textarea's text is set by `prop:value`: as a child it would be hydrated wrongly and lose its first line break.
#[test]
fn no_textarea_has_its_text_as_a_child() -> Result<()> {
    for (file, text) in sources(&["app/src"], &["rs"])? {
        let text = product(&text);
        for before in text.split("</textarea>").collect::<Vec<_>>().split_last().map_or(&[][..], |(_, all)| all) {
            let before = before.trim_end();
            let is_empty = before.ends_with('>') && !before.ends_with("->") && !before.ends_with("=>");
            ensure!(is_empty, "{file}: a textarea with a child: …{}", before.lines().last().unwrap_or_default());
        }
    }
    Ok(())
}

#[test]
fn both_engines_have_the_same_migrations() -> Result<()> {
    let names = |folder: &str| -> Result<BTreeSet<String>> {
        let files = sources(&[folder], &["sql"])?;
        Ok(files.into_iter().map(|(file, _)| file.rsplit('/').next().unwrap_or_default().to_owned()).collect())
    };
    assert_eq!(names("migrations/sqlite")?, names("migrations/postgres")?);
    Ok(())
}

#[test]
fn what_the_readme_names_is_there() -> Result<()> {
    let readme = std::fs::read_to_string(root().join("README.md")).context("README.md")?;
    let (_, section) = readme.split_once("\n## Architecture\n").context("README.md has no section Architecture")?;
    let map = section.split("```").nth(1).unwrap_or_default();
    let folders: Vec<&str> = map.lines().filter_map(|l| l.split("/ ").next()).filter(|f| !f.is_empty()).collect();
    ensure!(folders.len() >= 5, "the map names {folders:?}");
    for folder in folders {
        ensure!(root().join(folder).is_dir(), "README's map names {folder}/, which is not there");
    }
    let marked = readme.split('`').skip(1).step_by(2);
    let endings = [".rs", ".md", ".toml", ".sql", ".mjs"];
    let marked =
        marked.filter(|p| p.contains('/') && !p.contains(['<', '{', ' ']) && endings.iter().any(|e| p.ends_with(e)));
    let linked = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|p| !p.contains("://"));
    let linked: Vec<&str> = linked.collect();
    ensure!(linked.contains(&"docs/template.png"), "README shows no picture: {linked:?}");
    for path in marked.chain(linked) {
        ensure!(root().join(path).is_file(), "README names {path}, which is not there");
    }
    Ok(())
}
