use serde::Serialize;

use super::{
    cost::{self, Cost},
    user::{Crate, User},
};
use crate::{
    Failed,
    median::median,
    report::Report,
    table::{Table, figure, ratio},
};

/// The first build of a user's crate.
#[derive(Clone, Copy, Debug, Serialize)]
struct First {
    user: User,
    cost: Cost,
    crates: usize,
    built_mb: f64,
}

/// A build after a change.
#[derive(Clone, Copy, Debug, Serialize)]
struct Next {
    round: u32,
    user: User,
    changed: Changed,
    cost: Cost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Changed {
    Handler,
    Contract,
}

/// Builds each crate from scratch, then after each of several changes; writes the table `build`.
pub(super) fn run(rounds: u32, quick: bool, report: &Report) -> Result<(), Failed> {
    // A first build takes most of a minute.
    let users: &[User] = if quick { &[User::Official, User::Contract] } else { &User::ALL };
    let (mut firsts, mut crates) = (Vec::new(), Vec::new());
    for &user in users {
        eprintln!("the first build of a crate: {}", user.name());
        let written = user.write()?;
        cost::run(&mut written.cargo("fetch"))?;
        let (cost, said) = build(&written)?;
        let compiled = said.lines().filter(|line| line.trim_start().starts_with("Compiling"));
        let built_mb = written.size()? as f64 / 1e6;
        firsts.push(First { user, cost, crates: compiled.count(), built_mb });
        crates.push((user, written));
    }
    let mut nexts = Vec::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}: builds after changes", round + 1);
        for (user, written) in &crates {
            let user = *user;
            written.change_handler(round)?;
            let (cost, _) = build(written)?;
            nexts.push(Next { round, user, changed: Changed::Handler, cost });
            if written.change_contract(round)? {
                let (cost, _) = build(written)?;
                nexts.push(Next { round, user, changed: Changed::Contract, cost });
            }
        }
    }
    report.keep("build", &firsts)?;
    report.keep("rebuild", &nexts)?;
    report.write("build", &table(&firsts, &nexts))
}

fn build(written: &Crate) -> Result<(Cost, String), Failed> {
    cost::run(written.cargo("build").arg("--offline"))
}

fn table(firsts: &[First], nexts: &[Next]) -> Table {
    let mut table = Table::new(&[
        "Crate with one service",
        "first build, s",
        "×",
        "CPU s",
        "×",
        "crates",
        "×",
        "built, MB",
        "×",
        "handler changed, s",
        "×",
        "contract changed, s",
    ]);
    let of_first = |user: User, of: fn(&First) -> f64| {
        median(firsts.iter().filter(|it| it.user == user).map(of))
    };
    let of_next = |user: User, changed: Changed| {
        let of = nexts.iter().filter(|it| (it.user, it.changed) == (user, changed));
        median(of.map(|it| it.cost.seconds))
    };
    for &First { user, .. } in firsts {
        let mut row = vec![user.name().to_owned()];
        let figures: [fn(&First) -> f64; 4] = [
            |it| it.cost.seconds,
            |it| it.cost.cpu_seconds,
            |it| it.crates as f64,
            |it| it.built_mb,
        ];
        for of in figures {
            let own = of_first(user, of);
            row.extend([figure(own), ratio(own, Some(of_first(User::Official, of)))]);
        }
        let rebuilt = of_next(user, Changed::Handler);
        let reference = of_next(User::Official, Changed::Handler);
        row.extend([figure(rebuilt), ratio(rebuilt, Some(reference))]);
        row.push(match of_next(user, Changed::Contract) {
            0.0 => "–".to_owned(),
            seconds => figure(seconds),
        });
        table.row(row);
    }
    table
}
