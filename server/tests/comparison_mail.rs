//! A comparison as a document for an e-mail.

use anyhow::{Result, ensure};
use domain::project::DEFAULT;
use domain::version::{Message, MessageRole, NewVersion, Parameter, VersionContent};
use service::versions;

use crate::common::Server;

crate::on_both_engines!(a_mail_shows_every_layer_and_needs_nothing_else, a_mail_says_what_it_ignored);

async fn a_mail_shows_every_layer_and_needs_nothing_else(server: &Server) -> Result<()> {
    let ctx = server.system(DEFAULT).await?;
    server.template(DEFAULT, "mailed").await?;
    let mut content: VersionContent = versions::get(&ctx, "mailed", 1).await?.content;
    content.messages.push(Message {
        content: "</td><script>alert(1)</script> {{ added }}\n".repeat(20),
        role: MessageRole::Assistant,
    });
    content.parameters.push(Parameter { name: "added".into(), required: true, ..Parameter::default() });
    content.config.insert("model".into(), "<b>gpt-4o".into());
    let new = NewVersion { content, parent: 1, commit_message: String::new() };
    versions::create(&ctx, "mailed", new, None).await?;
    let path = "/api/v1/admin/prompts/templates/mailed/comparison/mail";
    let answer = server.get(path, &server.admin().await?).await?.expect(200)?;
    ensure!(answer.header("content-type").starts_with("text/html"), "{}", answer.header("content-type"));
    for part in [
        "<title>mailed: version 1 and version 2</title>",
        "added, breaks callers",
        "&lt;b&gt;gpt-4o",
        "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt; {{ added }}",
        ">Rendered</h2>",
        ">Numbers</h2>",
    ] {
        ensure!(answer.text.contains(part), "{part} is not in {}", answer.text);
    }
    for part in ["class=", "<script", "<link", "<img", "<details", "<!>", "http"] {
        ensure!(!answer.text.contains(part), "{part} is in {}", answer.text);
    }
    Ok(())
}

async fn a_mail_says_what_it_ignored(server: &Server) -> Result<()> {
    let ctx = server.system(DEFAULT).await?;
    server.template(DEFAULT, "spaced").await?;
    let mut content: VersionContent = versions::get(&ctx, "spaced", 1).await?.content;
    content.messages[0].content.push_str(" \n");
    let new = NewVersion { content, parent: 1, commit_message: String::new() };
    versions::create(&ctx, "spaced", new, None).await?;
    let path = "/api/v1/admin/prompts/templates/spaced/comparison/mail";
    let admin = server.admin().await?;
    let ignored = server.get(&format!("{path}?ws=ignore"), &admin).await?.expect(200)?;
    ensure!(ignored.text.contains("Nothing differs but whitespace, which is ignored."), "{}", ignored.text);
    let told = server.get(path, &admin).await?.expect(200)?;
    ensure!(!told.text.contains("Nothing differs"), "{}", told.text);
    Ok(())
}
