//! What an embedded engine is like that has a lot to keep: figures against what it must hold.

mod clock;
mod delayed;
mod load;
mod retained;
mod services;
mod suspended;
mod verdict;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Measures an engine with a lot to keep.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,

    /// Where engines keep everything; a directory in it is made, and removed at the end.
    #[arg(long, global = true, default_value = "target")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// Throughput beside completed invocations whose results are retained: at least 90 %.
    Retained {
        #[arg(default_value_t = 1_000_000)]
        invocations: u64,
    },
    /// Memory that suspended invocations need, below 200 MB, and their recovery, below 3 s.
    Suspended {
        #[arg(default_value_t = 100_000)]
        invocations: u64,
    },
    /// Throughput beside pending delayed calls, at least 90 %, and how late they are: 99 % of
    /// them less than 50 ms, when 1,000 are due a second.
    Delayed {
        #[arg(default_value_t = 1_000_000)]
        invocations: u64,
    },
    /// Starts on what another process has left; used by `suspended`.
    #[command(hide = true)]
    Recover { directory: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Options { what, data } = Options::parse();
    let met = async {
        let directory = tempfile::tempdir_in(&data)?;
        match what {
            What::Retained { invocations } => {
                retained::measure(directory.path(), invocations).await
            }
            What::Suspended { invocations } => {
                suspended::measure(directory.path(), invocations).await
            }
            What::Delayed { invocations } => delayed::measure(directory.path(), invocations).await,
            What::Recover { directory } => suspended::recover(&directory).await,
        }
    };
    match met.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
