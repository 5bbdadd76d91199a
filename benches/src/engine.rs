//! The engine's machine and store alone, compared with appending the same bytes to a file.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use restate_embedded::internals::BareStore;
use restate_micro::script::{Invocations, Moment};
use restate_tests::target;
use serde::Serialize;
use tempfile::TempDir;

use crate::{
    Failed,
    median::median,
    report::Report,
    table::{Table, figure, ratio},
};

/// Numbers of inputs that are made durable together.
const GROUPS: [u16; 5] = [1, 8, 32, 128, 512];

/// How a group becomes durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// Its bytes are appended to a file, which is synced with `fdatasync`.
    Append,
    /// The machine takes its inputs, and the store commits the effects.
    Engine,
}

impl Way {
    const ALL: [Self; 2] = [Self::Append, Self::Engine];
}

#[derive(Clone, Copy, Debug, Serialize)]
struct EngineRound {
    round: u32,
    way: Way,
    group: u16,
    invocations_per_second: f64,
    /// The median time of a group, in milliseconds.
    group_ms: f64,
    /// The part of it that the commit or the sync takes.
    sync_ms: f64,
}

/// Measures `rounds` rounds, and writes the table `engine`.
pub(crate) fn run(rounds: u32, duration: Duration, report: &Report) -> Result<(), Failed> {
    let mut measured = Vec::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}: the engine alone", round + 1);
        for group in GROUPS {
            // They take turns in going first: other activity of the disk then disturbs both.
            let mut ways = Way::ALL;
            ways.rotate_left(round as usize % Way::ALL.len());
            for way in ways {
                measured.push(measure(round, way, group, duration)?);
            }
        }
    }
    report.keep("engine", &measured)?;
    report.write("engine", &table(&measured))
}

fn measure(round: u32, way: Way, group: u16, duration: Duration) -> Result<EngineRound, Failed> {
    let root = target().join("bench/data");
    fs::create_dir_all(&root)?;
    let data = TempDir::new_in(root)?;
    let mut durable: Box<dyn Durable> = match way {
        Way::Append => Box::new(Appended::new(&data.path().join("log"), group)?),
        Way::Engine => Box::new(MachineAndStore::new(&data.path().join("restate.sqlite"), group)?),
    };
    live(&mut *durable, duration / 2)?;
    let started = Instant::now();
    let groups = live(&mut *durable, duration)?;
    let lives = groups.len() / Moment::ALL.len();
    let invocations = lives as f64 * f64::from(group);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(EngineRound {
        round,
        way,
        group,
        invocations_per_second: invocations / started.elapsed().as_secs_f64(),
        group_ms: median(groups.iter().map(|(whole, _)| ms(*whole))),
        sync_ms: median(groups.iter().map(|(_, sync)| ms(*sync))),
    })
}

/// Runs groups of invocations from start to end for `duration`. Returns the time of each group, and
/// the part of it spent on making it durable.
fn live(
    durable: &mut dyn Durable,
    duration: Duration,
) -> Result<Vec<(Duration, Duration)>, Failed> {
    let (mut groups, started) = (Vec::new(), Instant::now());
    while started.elapsed() < duration {
        for moment in Moment::ALL {
            let begun = Instant::now();
            durable.add(moment)?;
            let added = Instant::now();
            durable.sync()?;
            let synced = Instant::now();
            groups.push((synced - begun, synced - added));
        }
    }
    Ok(groups)
}

/// Something that makes the inputs of invocations durable.
trait Durable {
    fn add(&mut self, moment: Moment) -> Result<(), Failed>;
    fn sync(&mut self) -> Result<(), Failed>;
}

struct MachineAndStore {
    invocations: Invocations,
    store: BareStore,
}

impl MachineAndStore {
    fn new(path: &Path, group: u16) -> Result<Self, Failed> {
        Ok(Self { invocations: Invocations::new(group.into()), store: BareStore::open(path)? })
    }
}

impl Durable for MachineAndStore {
    fn add(&mut self, moment: Moment) -> Result<(), Failed> {
        let mut added = Ok(());
        self.invocations.step(moment, |effects| {
            if added.is_ok() {
                added = self.store.add(effects);
            }
        });
        Ok(added?)
    }

    fn sync(&mut self) -> Result<(), Failed> {
        Ok(self.store.commit()?)
    }
}

/// A log of ids and messages.
struct Appended {
    log: File,
    group: u16,
    buffer: Vec<u8>,
}

impl Appended {
    fn new(path: &Path, group: u16) -> Result<Self, Failed> {
        Ok(Self { log: File::create(path)?, group, buffer: Vec::new() })
    }
}

impl Durable for Appended {
    fn add(&mut self, moment: Moment) -> Result<(), Failed> {
        const ID: [u8; 16] = *b"0123456789abcdef";

        let message = moment.message();
        self.buffer.clear();
        for _ in 0..self.group {
            self.buffer.extend_from_slice(&ID);
            self.buffer.extend_from_slice(&message);
        }
        Ok(self.log.write_all(&self.buffer)?)
    }

    fn sync(&mut self) -> Result<(), Failed> {
        Ok(self.log.sync_data()?)
    }
}

fn typical(measured: &[EngineRound], way: Way, group: u16, of: fn(&EngineRound) -> f64) -> f64 {
    median(measured.iter().filter(|it| (it.way, it.group) == (way, group)).map(of))
}

fn table(measured: &[EngineRound]) -> Table {
    let mut table = Table::new(&[
        "Inputs in a group",
        "append: invocations/s",
        "engine",
        "×",
        "append: ms/group",
        "of which fdatasync",
        "engine: ms/group",
        "of which commit",
    ]);
    for group in GROUPS {
        let [append, engine] =
            Way::ALL.map(|way| typical(measured, way, group, |it| it.invocations_per_second));
        let mut row = vec![group.to_string(), figure(append), figure(engine)];
        row.push(ratio(engine, Some(append)));
        for way in Way::ALL {
            row.push(figure(typical(measured, way, group, |it| it.group_ms)));
            row.push(figure(typical(measured, way, group, |it| it.sync_ms)));
        }
        table.row(row);
    }
    table
}
