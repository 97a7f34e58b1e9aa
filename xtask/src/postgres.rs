//! A throw-away PostgreSQL for the tests: its own folder, its own port, gone when it is dropped.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::install;
use crate::step::{command, quiet};

pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    pub fn start() -> Result<Self> {
        let programs = install::postgres()?;
        let folder = std::env::temp_dir().join(format!("promptory-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?.port();
        let server = Self { programs, folder, port };
        if install::is_root() {
            quiet(command("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.folder.join("data");
        let data = data.to_string_lossy();
        // A locale that sorts otherwise than by bytes, as most databases have.
        let locale = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"];
        let arguments = ["-D", &data, "-U", "promptory", "--auth=trust", "-E", "UTF8"];
        quiet(&mut server.run("initdb", &[&arguments[..], &locale].concat()))?;
        let log = server.folder.join("log");
        // fsync stays on: the tests kill processes and count what was acknowledged.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=300",
            server.folder.display()
        );
        quiet(&mut server.run("pg_ctl", &["-D", &data, "-l", &log.to_string_lossy(), "-w", "-o", &options, "start"]))?;
        Ok(server)
    }

    /// The address of its first database.
    pub fn url(&self) -> String {
        format!("postgres://promptory@127.0.0.1:{}/postgres", self.port)
    }

    /// PostgreSQL refuses to run as root.
    fn run(&self, program: &str, args: &[&str]) -> Command {
        let program = self.programs.join(program);
        let mut run = if install::is_root() {
            let mut run = command("runuser");
            run.args(["-u", "postgres", "--"]).arg(program);
            run
        } else {
            command(program)
        };
        // pg_ctl's server inherits the output, and would keep a pipe open for ever.
        run.args(args).current_dir(&self.folder);
        run
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let _ = quiet(&mut self.run("pg_ctl", &["-D", &data.to_string_lossy(), "-m", "immediate", "stop"]));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
