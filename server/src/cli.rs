//! The command line.

mod admin;
mod files;
mod folder;
mod prompt;
mod remote;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::config::Config;

#[derive(Parser)]
#[command(name = "promptory", version, about = "Governed, typed, tested, measured prompts, served to agents")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// Configuration file; `promptory.toml` in the working folder when there is one.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Data folder: database, secret and files.
    #[arg(long, global = true)]
    data: Option<String>,
    /// PostgreSQL address; SQLite in the data folder when absent.
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Run the server on a throw-away folder with a project that looks lived in.
    Demo(ServeArgs),
    /// Bring the database to this version's schema.
    Migrate,
    /// People.
    #[command(subcommand)]
    User(admin::User),
    /// API keys.
    #[command(subcommand)]
    Key(admin::Key),
    /// Projects.
    #[command(subcommand)]
    Project(admin::Project),
    /// Write the project's templates to a folder or a .zip archive.
    Export(files::Export),
    /// Import templates from a folder or a .zip archive: all or none.
    Import(files::Import),
    /// Templates in a folder that git keeps, and a project: of the server that PROMPTORY_URL and PROMPTORY_API_KEY name, or of the data folder.
    #[command(subcommand)]
    Prompt(prompt::Prompt),
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Args)]
struct ServeArgs {
    /// Address and port; port 0 takes a free one.
    #[arg(long)]
    address: Option<String>,
}

/// Runs the command that the arguments name: 0 done, 1 failed, 2 not understood.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("promptory: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let address = match &cli.command {
        Command::Serve(args) | Command::Demo(args) => args.address.clone(),
        _ => None,
    };
    let flags =
        [("server.address", address), ("data.folder", cli.common.data), ("database.url", cli.common.database_url)];
    let config = Config::load(cli.common.config.as_deref(), &flags)?;
    log(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let json = cli.common.json;
    runtime.block_on(async {
        match cli.command {
            Command::Export(command) => return files::export(&config, command, json).await,
            Command::Import(command) => return files::import(&config, command, json).await,
            Command::Prompt(command) => return prompt::prompt(&config, command, json).await,
            Command::Serve(_) => serve::serve(&config).await,
            Command::Demo(_) => serve::demo(config).await,
            Command::Migrate => admin::migrate(&config).await,
            Command::User(command) => admin::user(&config, command, json).await,
            Command::Key(command) => admin::key(&config, command, json).await,
            Command::Project(command) => admin::project(&config, command, json).await,
            Command::Openapi => {
                println!("{}", crate::api::openapi().to_pretty_json()?);
                Ok(())
            }
        }?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Logs go to standard error, so that what a command prints can be piped.
fn log(config: &Config) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log_filter)?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).compact().init();
    Ok(())
}
