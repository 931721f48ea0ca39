//! The line a comparison prints: `ratio NAME ours/PEER VALUE`.

use crate::error::{Error, Result};

/// What the summary calls the entry that is no ratio.
pub(crate) const CONDITIONS: &str = "conditions";

/// The ratios of one run in the order in which they were printed.
#[derive(Debug, Default)]
pub(crate) struct Ratios(Vec<Ratio>);

#[derive(Debug, PartialEq)]
struct Ratio {
    name: String,
    /// `ours/PEER`
    against: String,
    value: f64,
}

impl Ratios {
    /// Takes the ratio of `line`, if it is such a line.
    ///
    /// # Errors
    ///
    /// For a line that begins like one and is not, or repeats one: a comparison must not vanish
    /// from the summary unnoticed.
    pub(crate) fn read(&mut self, line: &str) -> Result<()> {
        let Some(ratio) = parse(line)? else { return Ok(()) };
        let same = |known: &Ratio| known.name == ratio.name && known.against == ratio.against;
        if ratio.name == CONDITIONS || self.0.iter().any(same) {
            return Err(Error::new(format!("`{line}`: the name is taken")));
        }
        self.0.push(ratio);
        Ok(())
    }

    /// Each ratio under its name. Where several peers share a name, the first has it alone and
    /// the others are called `NAME ours/PEER`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (String, f64)> {
        self.0.iter().enumerate().map(|(index, ratio)| {
            let Ratio { name, against, value } = ratio;
            let taken = self.0.iter().take(index).any(|earlier| earlier.name == *name);
            (if taken { format!("{name} {against}") } else { name.clone() }, *value)
        })
    }

    /// A line a comparison; below 1 is better than the peer.
    pub(crate) fn table(&self) -> String {
        let width = |text: fn(&Ratio) -> &str| {
            self.0.iter().map(|ratio| text(ratio).len()).max().unwrap_or_default()
        };
        let (names, peers) = (width(|ratio| &ratio.name), width(|ratio| &ratio.against));
        let row = |Ratio { name, against, value }: &Ratio| {
            format!("{name:<names$}  {against:<peers$}  {value:>9.4}")
        };
        self.0.iter().map(row).collect::<Vec<_>>().join("\n")
    }
}

fn parse(line: &str) -> Result<Option<Ratio>> {
    let mut words = line.split_whitespace();
    if words.next() != Some("ratio") {
        return Ok(None);
    }
    let malformed = || Error::new(format!("`{line}` is not `ratio NAME ours/PEER VALUE`"));
    let (Some(name), Some(against), Some(value), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(malformed());
    };
    let value: f64 = value.parse().map_err(|_| malformed())?;
    let peer_is_named = against.strip_prefix("ours/").is_some_and(|peer| !peer.is_empty());
    if !peer_is_named || !value.is_finite() {
        return Err(malformed());
    }
    Ok(Some(Ratio { name: name.to_owned(), against: against.to_owned(), value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(ratios: &Ratios) -> Vec<(String, f64)> {
        ratios.iter().collect()
    }

    fn named<const N: usize>(ratios: [(&str, f64); N]) -> Vec<(String, f64)> {
        ratios.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    #[test]
    fn only_ratio_lines_are_taken() {
        let mut ratios = Ratios::default();
        for line in [
            "warming up",
            "ratio http_overhead ours/peer 0.18",
            "",
            "ratios of the day",
            "  ratio log\tours/stock   3e-1 ",
        ] {
            ratios.read(line).unwrap();
        }
        assert_eq!(listed(&ratios), named([("http_overhead", 0.18), ("log", 0.3)]));
    }

    #[test]
    fn a_malformed_ratio_is_an_error() {
        for line in [
            "ratio",
            "ratio http ours/peer",
            "ratio http peer/ours 2",
            "ratio http ours/ 2",
            "ratio http ours/peer fast",
            "ratio http ours/peer NaN",
            "ratio http ours/peer inf",
            "ratio http ours/peer 0.2 x",
            "ratio two words ours/peer 0.2",
        ] {
            let error = Ratios::default().read(line).unwrap_err().to_string();
            assert!(error.contains(line), "{line}: {error}");
        }
    }

    #[test]
    fn peers_may_share_a_name_but_not_a_comparison() {
        let mut ratios = Ratios::default();
        for line in ["ratio http ours/stock 1", "ratio log ours/stock 2", "ratio http ours/other 3"]
        {
            ratios.read(line).unwrap();
        }
        for taken in ["ratio http ours/other 4", "ratio conditions ours/stock 5"] {
            let error = ratios.read(taken).unwrap_err().to_string();
            assert_eq!(error, format!("`{taken}`: the name is taken"));
        }
        assert_eq!(listed(&ratios), named([("http", 1.0), ("log", 2.0), ("http ours/other", 3.0)]));
    }

    #[test]
    fn the_table_lines_up() {
        let mut ratios = Ratios::default();
        ratios.read("ratio a ours/stock 0.25").unwrap();
        ratios.read("ratio longer ours/x 12").unwrap();
        let want = "a       ours/stock     0.2500\nlonger  ours/x        12.0000";
        assert_eq!(ratios.table(), want);
    }
}
