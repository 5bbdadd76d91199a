//! Plots as SVG: both axes logarithmic, for curves that differ by powers of ten.

use std::fmt;

/// Curves over a common axis.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) curves: Vec<Curve>,
}

/// Points that belong together.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Curve {
    /// The points that have a place on logarithmic axes: those above zero.
    fn placed(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.points.iter().copied().filter(|(x, y)| *x > 0.0 && *y > 0.0)
    }
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 50.0;
const COLORS: [&str; 6] = ["#8a8a8a", "#2f6fb5", "#c0392b", "#d9a441", "#7d5ba6", "#3b8f5a"];

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = || self.curves.iter().flat_map(Curve::placed);
        let x = Axis::of(points().map(|(x, _)| x), LEFT, WIDTH - RIGHT);
        let y = Axis::of(points().map(|(_, y)| y), HEIGHT - BOTTOM, TOP);
        writeln!(
            f,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>"##
        )?;
        text(f, WIDTH / 2.0, 20.0, "middle", &self.title)?;
        text(f, WIDTH / 2.0, HEIGHT - 10.0, "middle", &self.x)?;
        text(f, 10.0, TOP - 10.0, "start", &self.y)?;
        for tick in x.ticks() {
            line(f, (x.place(tick), TOP), (x.place(tick), HEIGHT - BOTTOM))?;
            text(f, x.place(tick), HEIGHT - BOTTOM + 16.0, "middle", &label(tick))?;
        }
        for tick in y.ticks() {
            line(f, (LEFT, y.place(tick)), (WIDTH - RIGHT, y.place(tick)))?;
            text(f, LEFT - 6.0, y.place(tick) + 4.0, "end", &label(tick))?;
        }
        for (at, curve) in self.curves.iter().enumerate() {
            let color = COLORS[at % COLORS.len()];
            let path: Vec<_> = curve.placed().map(|p| (x.place(p.0), y.place(p.1))).collect();
            let line: Vec<_> = path.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            writeln!(
                f,
                r#"<polyline points="{}" fill="none" stroke="{color}" stroke-width="2"/>"#,
                line.join(" ")
            )?;
            for (x, y) in path {
                writeln!(f, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{color}"/>"#)?;
            }
            let below = TOP + 16.0 + 16.0 * at as f64;
            writeln!(
                f,
                r#"<rect x="{}" y="{}" width="10" height="10" fill="{color}"/>"#,
                LEFT + 10.0,
                below - 9.0
            )?;
            text(f, LEFT + 26.0, below, "start", &curve.name)?;
        }
        writeln!(f, "</svg>")
    }
}

fn text(f: &mut fmt::Formatter<'_>, x: f64, y: f64, anchor: &str, text: &str) -> fmt::Result {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(f, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#)
}

fn line(f: &mut fmt::Formatter<'_>, from: (f64, f64), to: (f64, f64)) -> fmt::Result {
    let ((x1, y1), (x2, y2)) = (from, to);
    writeln!(f, r##"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="#e3e3e3"/>"##)
}

/// A logarithmic axis between two places.
struct Axis {
    /// Powers of ten that hold every value.
    low: i32,
    high: i32,
    start: f64,
    end: f64,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (1.0, 1.0);
        }
        let low = power(low.log10().floor());
        Self { low, high: power(high.log10().ceil()).max(low + 1), start, end }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        self.start + share * (self.end - self.start)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.low..=self.high).map(|power| 10_f64.powi(power))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an f64 has no more than 308 powers of ten")]
fn power(value: f64) -> i32 {
    value as i32
}

fn label(value: f64) -> String {
    match value {
        big if big >= 1e6 => format!("{}M", big / 1e6),
        big if big >= 1e3 => format!("{}k", big / 1e3),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_reaches_from_power_to_power() {
        let axis = Axis::of([3.0, 200.0].into_iter(), 0.0, 300.0);
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!([1.0, 10.0, 1000.0].map(|value| axis.place(value)), [0.0, 100.0, 300.0]);
    }

    #[test]
    fn a_plot_names_and_draws_its_curves() {
        let curve = Curve { name: "a < b".to_owned(), points: vec![(1.0, 1.0), (10.0, 10.0)] };
        let plot = Plot {
            title: "t".to_owned(),
            x: "x".to_owned(),
            y: "y".to_owned(),
            curves: vec![curve],
        };
        let svg = plot.to_string();
        assert!(svg.contains("a &lt; b"), "{svg}");
        assert!(svg.contains(r#"<polyline points="80.0,370.0 700.0,40.0""#), "{svg}");
    }
    #[test]
    fn what_was_zero_has_no_place() {
        let curve = Curve { name: "c".to_owned(), points: vec![(1.0, 0.0), (1.0, 10.0)] };
        let (title, x, y) = ("t".to_owned(), "x".to_owned(), "y".to_owned());
        let svg = Plot { title, x, y, curves: vec![curve] }.to_string();
        assert!(svg.contains(r#"<polyline points="80.0,370.0""#), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 1, "{svg}");
    }
}
