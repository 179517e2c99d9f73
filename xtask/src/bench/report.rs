//! What was measured, as a table for people and as JSON for machines. Whole numbers throughout: no figure here is finer than that.

use std::{fmt, fs};

use serde_json::json;

/// Spread of equal rounds, in per cent of their median, above which the run says little.
const NOISY: u128 = 20;

/// The unit of a ratio, which is shown with two digits after the point, or as one in so many where that would be nothing.
const MILLIONTHS: &str = "millionths";

/// One measured figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    key: String,
    name: String,
    value: u128,
    unit: &'static str,
    /// Largest less smallest of the samples, in per cent of the median.
    spread: Option<u128>,
}

impl Figure {
    /// A figure measured once.
    pub(super) fn new(key: impl Into<String>, name: impl Into<String>, value: u128, unit: &'static str) -> Self {
        Self { key: key.into(), name: name.into(), value, unit, spread: None }
    }

    /// What was measured.
    pub(super) fn value(&self) -> u128 {
        self.value
    }

    /// Whether its value is below another's.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        self.value < other.value
    }

    /// The median of samples; none without samples.
    pub(super) fn median(key: &str, name: &str, samples: Vec<u128>, unit: &'static str) -> Option<Self> {
        Self::one_of(key, name, samples, unit, |sorted| sorted.get(sorted.len() / 2))
    }

    /// The largest of samples, the best of rates; none without samples.
    pub(super) fn highest(key: &str, name: &str, samples: Vec<u128>, unit: &'static str) -> Option<Self> {
        Self::one_of(key, name, samples, unit, <[u128]>::last)
    }

    /// The smallest of samples, the best of times; none without samples.
    pub(super) fn lowest(key: &str, name: &str, samples: Vec<u128>, unit: &'static str) -> Option<Self> {
        Self::one_of(key, name, samples, unit, <[u128]>::first)
    }

    fn one_of(key: &str, name: &str, mut samples: Vec<u128>, unit: &'static str, which: impl Fn(&[u128]) -> Option<&u128>) -> Option<Self> {
        samples.sort_unstable();
        let (value, median) = (*which(&samples)?, *samples.get(samples.len() / 2)?);
        let spread = samples.last()?.saturating_sub(*samples.first()?) * 100 / median.max(1);
        Some(Self { spread: Some(spread), ..Self::new(key, name, value, unit) })
    }
}

/// Everything measured in one run.
#[derive(Debug)]
pub(super) struct Report {
    figures: Vec<Figure>,
    /// Processes that wanted a processor before the run began: `0.42`.
    load_before: String,
    processors: usize,
}

impl Report {
    /// Nothing measured yet; what the machine was doing is noted.
    pub(super) fn new() -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { figures: Vec::new(), load_before: load.split(' ').next().unwrap_or("?").to_owned(), processors }
    }

    /// Takes in a figure.
    pub(super) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Takes in how many times `whole` goes into `part`, in millionths.
    pub(super) fn ratio(&mut self, key: &str, name: &str, part: &Figure, whole: &Figure) {
        self.add(Figure::new(key, name, part.value * 1_000_000 / whole.value.max(1), MILLIONTHS));
    }

    /// Why the run says little, if it does. Samples of a latency spread by nature; rounds of a load should not.
    fn noise(&self) -> Option<String> {
        let noisy = |figure: &&Figure| figure.unit == "requests/s" && figure.spread.is_some_and(|spread| spread > NOISY);
        let figure = self.figures.iter().find(noisy)?;
        let spread = figure.spread.unwrap_or_default();
        Some(format!(
            "too noisy: equal rounds of \"{}\" differ by {spread} %, at most {NOISY} % is trusted; repeat on an idle machine",
            figure.name
        ))
    }

    /// The figures for machines.
    pub(super) fn json(&self) -> String {
        let figures: serde_json::Map<_, _> = self
            .figures
            .iter()
            .map(|figure| (figure.key.clone(), json!({"value": value(figure), "unit": figure.unit, "spread_percent": figure.spread.and_then(|spread| u64::try_from(spread).ok())})))
            .collect();
        format!(
            "{:#}\n",
            json!({"processors": self.processors, "load_before": self.load_before, "noise": self.noise(), "figures": figures})
        )
    }
}

fn value(figure: &Figure) -> Option<u64> {
    u64::try_from(figure.value).ok()
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} processors, load before the run {}", self.processors, self.load_before)?;
        for figure in &self.figures {
            let spread = figure.spread.map_or(String::new(), |spread| format!("   spread {spread} %"));
            let (value, unit) = match figure.unit {
                MILLIONTHS if (1..10_000).contains(&figure.value) => (format!("1/{}", 1_000_000 / figure.value), "times"),
                MILLIONTHS => (format!("{}.{:02}", figure.value / 1_000_000, figure.value / 10_000 % 100), "times"),
                unit => (figure.value.to_string(), unit),
            };
            writeln!(formatter, "{:<52} {value:>10} {unit:<11}{spread}", figure.name)?;
        }
        self.noise().map_or(Ok(()), |noise| write!(formatter, "{noise}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_comes_with_its_spread() {
        let figure = Figure::median("a", "A", vec![130, 100, 110], "requests/s").unwrap();
        assert_eq!((figure.value, figure.spread), (110, Some(27)));
        assert_eq!(Figure::median("a", "A", Vec::new(), "µs"), None);
    }

    #[test]
    fn the_best_of_rates_is_the_highest_and_of_times_the_lowest() {
        let (best, samples) = (|figure: Option<Figure>| figure.map(|figure| (figure.value, figure.spread)), vec![130, 100, 110]);
        assert_eq!(best(Figure::highest("a", "A", samples.clone(), "facts/s")), Some((130, Some(27))));
        assert_eq!(best(Figure::lowest("a", "A", samples, "µs")), Some((100, Some(27))));
    }

    #[test]
    fn noise_is_said_and_ratios_are_short() {
        let mut report = Report::new();
        let calm = Figure::median("calm", "calm", vec![100, 101, 102], "requests/s").unwrap();
        let wild = Figure::median("wild", "wild", vec![10, 50, 100], "requests/s").unwrap();
        report.ratio("r", "ratio", &wild, &calm);
        report.add(calm);
        assert_eq!(report.noise(), None);
        report.add(wild);
        assert!(report.noise().unwrap().contains("\"wild\" differ by 180 %"));
        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["figures"]["r"]["value"], 495_049);
        report.ratio("s", "small", &Figure::new("a", "a", 3, "ns"), &Figure::new("b", "b", 3_000, "ns"));
        let text = report.to_string();
        assert!(text.contains(" 1/1000 times"), "{text}");
        assert!(text.contains("too noisy") && text.contains(" 0.49 times"), "{text}");
    }
}
