//! The built binary: commands, and a server that can be killed.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// A server has this long to say its next line; the demo lives through weeks before its first.
const PATIENCE: Duration = Duration::from_secs(180);

/// The binary with a data folder, and a database's address when it is PostgreSQL.
pub struct Program<'a> {
    pub folder: &'a Path,
    pub database: Option<&'a str>,
}

/// A test of the built binary for each engine, on an empty folder.
#[macro_export]
macro_rules! of_the_binary {
    ($($name:ident => $story:ident),+ $(,)?) => {$(
        mod $name {
            use $crate::common::{engine, program::Program};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() -> anyhow::Result<()> {
                let folder = tempfile::TempDir::new()?;
                super::$story(&Program { folder: folder.path(), database: None }).await
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() -> anyhow::Result<()> {
                let Some(url) = engine::postgres_url().await? else { return Ok(()) };
                let folder = tempfile::TempDir::new()?;
                super::$story(&Program { folder: folder.path(), database: Some(&url) }).await
            }
        }
    )+};
}

impl Program<'_> {
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptory"));
        // Nothing of the surroundings counts: neither variables nor a promptory.toml.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMPDIR", self.folder);
        command.current_dir(self.folder).arg("--data").arg(self.folder.join("data"));
        if let Some(database) = self.database {
            command.args(["--database-url", database]);
        }
        command.args(args);
        command
    }

    /// Runs a command to its end, with a text on its standard input.
    pub fn run(&self, args: &[&str], input: &str) -> Result<Output> {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // A command that doesn't read its input may have ended before all of it is written.
        let _ = child.stdin.take().context("a pipe")?.write_all(input.as_bytes());
        Ok(child.wait_with_output()?)
    }

    /// What a command prints; what it complains of when it fails.
    pub fn prints(&self, args: &[&str], input: &str) -> Result<String> {
        let output = self.run(args, input)?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{args:?} ended with {}: {complaint}", output.status);
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// What the servers have logged so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("log"))?)
    }

    /// Starts the server on a free port and waits until it has said where.
    pub fn serve(&self) -> Result<Running> {
        self.start("serve")
    }

    /// As [`Program::serve`], by another command.
    pub fn start(&self, command: &str) -> Result<Running> {
        let log = OpenOptions::new().create(true).append(true).open(self.folder.join("log"))?;
        let mut command = self.command(&[command, "--address", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        let (tell, said) = mpsc::channel();
        // Read to the end, whoever still listens: what is printed later must not fill the pipe up.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        let mut running = Running { child, url: String::new(), printed: Vec::new(), said };
        running.url = running.line("open")?;
        Ok(running)
    }
}

/// A server of its own process; killed when it is dropped.
pub struct Running {
    child: Child,
    pub url: String,
    /// What it has printed, as far as it was read; after [`Running::terminate`] all of it.
    pub printed: Vec<String>,
    said: Receiver<String>,
}

impl Running {
    /// What stands behind a word on the next line that starts with it.
    pub fn line(&mut self, word: &str) -> Result<String> {
        loop {
            let line = self.said.recv_timeout(PATIENCE);
            let line = line.with_context(|| format!("no line `{word}` was printed: {:?}", self.printed))?;
            self.printed.push(line.clone());
            if let Some(rest) = line.trim().strip_prefix(word) {
                return Ok(rest.trim().to_owned());
            }
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM), and fails unless it ends well.
    pub fn terminate(&mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(asked.success(), "the signal could not be sent");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "asked to end, the server ended with {ended}");
        self.printed.extend(self.said.iter());
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
