//! The command line. `loyalty` alone serves.

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use loyalty_connector::{
    cli,
    config::{self, Settings},
    http, serve, telemetry,
};

/// Documents are made on one thread and freed on another all day long: the system's allocator pays for that with locks and
/// with memory that it keeps (measured in docs/adr/0005).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long what is left running is waited for at the end.
const LAST: std::time::Duration = std::time::Duration::from_secs(2);

/// The loyalty connector: an exact ledger between your shop, NocoDB, Unomi, n8n, OpenAI and Brevo.
#[derive(Parser)]
#[command(name = "loyalty", version)]
struct Arguments {
    /// Folder of the database, the sample programme and admin.key
    #[arg(long, global = true)]
    data: Option<String>,
    /// A settings file over config/default.toml
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Address and port of the service, like 127.0.0.1:8091
    #[arg(long, global = true)]
    listen: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default)
    Serve,
    /// Bring NocoDB, Unomi and n8n to where the connector works with them
    Setup(cli::setup::Setup),
    /// What each connected system says: reached, credentials, what setup would change
    Check(cli::check::Check),
    /// Ask the running service whether it is ready
    Health,
    /// What time the connector takes it to be, and whether that is doubtful
    Clock {
        #[command(subcommand)]
        command: Option<cli::clock::Clock>,
    },
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(cli::keys::Keys),
    /// Bring members, points and past orders from another programme, through the running service
    Import(cli::import::Import),
    /// Write everything the ledger holds as files; the service may go on
    Export(cli::export::Export),
    /// Write the whole data folder into one file; the service may go on
    Backup { file: PathBuf },
    /// Make the data folder of a backup; the service must be stopped
    Restore {
        file: PathBuf,
        /// Put aside what is there
        #[arg(long)]
        replace: bool,
    },
    /// Re-execute the ledger and compare
    Verify(cli::verify::Verify),
    /// What a draft of the programme would have done with what happened, beside what is live; changes nothing
    Replay(cli::replay::Replay),
    /// Print a member's statement, or write one that proves itself
    Statement(cli::statement::Statement),
    /// Check a statement that `statement --proof` wrote; needs no database
    VerifyStatement(cli::statement::VerifyStatement),
    /// Print the arithmetic behind an entry of a statement, an order or an event: each line and rule, and why not more
    Why {
        /// ent_..., order:ID or event:SOURCE/ID
        what: String,
        /// en, et, ru or uk; the member's own when left out
        #[arg(long)]
        language: Option<String>,
    },
    /// List deliveries that wait for a person, and send them again
    #[command(subcommand)]
    DeadLetters(cli::dead_letters::DeadLetters),
    /// Print the contract as OpenAPI
    Openapi,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            telemetry::say(&format!("error: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(arguments));
    runtime.shutdown_timeout(LAST); // a read that hangs does not keep the process
    match ended {
        Ok(code) => code,
        Err(error) => {
            telemetry::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A variable with a slip in its name would otherwise be a setting that silently does nothing.
fn tell_ignored_variables() {
    let known = known_variables(&Arguments::command());
    for (name, meant) in config::ignored(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()), &known) {
        let meant = meant
            .map_or_else(|| "settings are LOYALTY__SECTION__KEY".to_owned(), |meant| format!("did you mean {meant}?"));
        eprintln!("warning: the variable {name} is read by nobody: {meant}");
    }
}

/// Those that commands take their options from, and those of the tests.
fn known_variables(command: &clap::Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|argument| Some(argument.get_env()?.to_string_lossy().into_owned()));
    let tests = [
        "LOYALTY_FAULT",
        "LOYALTY_TEST_STORE",
        "LOYALTY_SPECS",
        "LOYALTY_HISTORIES",
        "LOYALTY_NET",
        "LOYALTY_CONTRACT",
        "LOYALTY_STACK",
    ];
    let places = ["LOYALTY_STACK_DIR", "LOYALTY_TARGET_DIR", "LOYALTY_SUBNET"];
    let below = command.get_subcommands().flat_map(known_variables);
    own.chain(below).chain(tests.into_iter().chain(places).map(str::to_owned)).collect()
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    tell_ignored_variables();
    let said = [("server.data", arguments.data), ("server.listen", arguments.listen)];
    let settings = Settings::load_with(arguments.config.as_deref(), said)?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let log = telemetry::start(&settings.server)?;
            let served = serve::serve(settings).await;
            if let Err(error) = &served {
                tracing::error!("{error:#}");
            }
            log.finish();
            served.map(|()| ExitCode::SUCCESS)
        }
        Command::Setup(command) => cli::setup::run(&settings, command).await,
        Command::Check(command) => cli::check::run(&settings, command).await,
        Command::Clock { command } => cli::clock::run(&settings, command.as_ref()),
        Command::Health => cli::health::run(&settings).await,
        Command::Keys(command) => cli::keys::run(&settings, command).await,
        Command::Why { what, language } => cli::why::run(&settings, &what, language).await,
        Command::Import(command) => cli::import::run(&settings, command).await,
        Command::Export(command) => cli::export::run(&settings, command).await,
        Command::Backup { file } => cli::backup::backup(&settings, file).await,
        Command::Restore { file, replace } => cli::backup::restore(&settings, file, replace).await,
        Command::Statement(command) => cli::statement::run(&settings, command).await,
        Command::VerifyStatement(command) => cli::statement::verify(&command),
        Command::Replay(command) => cli::replay::run(&settings, command).await,
        Command::Verify(command) => cli::verify::run(&settings, command).await,
        Command::DeadLetters(command) => cli::dead_letters::run(&settings, command).await,
        Command::Openapi => {
            println!("{}", http::openapi().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
    }
}
