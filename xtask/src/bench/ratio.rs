//! The line a comparison prints: `ratio NAME ours/peer VALUE`.

use crate::error::{Error, Result};

/// What the summary calls the entry that is no ratio.
pub(crate) const CONDITIONS: &str = "conditions";

/// The ratios of one run in the order in which they were printed.
#[derive(Debug, Default)]
pub(crate) struct Ratios(Vec<(String, f64)>);

impl Ratios {
    /// Takes the ratio of `line`, if it is such a line.
    ///
    /// # Errors
    ///
    /// For a line that begins like one and is not, or whose name is taken: a comparison must
    /// not vanish from the summary unnoticed.
    pub(crate) fn read(&mut self, line: &str) -> Result<()> {
        let Some((name, value)) = parse(line)? else { return Ok(()) };
        if name == CONDITIONS || self.0.iter().any(|(known, _)| known == name) {
            return Err(Error::new(format!("`{line}`: the name is taken")));
        }
        self.0.push((name.to_owned(), value));
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// A line a comparison; below 1 is better than the peer.
    pub(crate) fn table(&self) -> String {
        let width = self.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let mut rows = vec![format!("{:<width$}  ours/peer", "")];
        rows.extend(self.iter().map(|(name, value)| format!("{name:<width$}  {value:>9.4}")));
        rows.join("\n")
    }
}

fn parse(line: &str) -> Result<Option<(&str, f64)>> {
    let mut words = line.split_whitespace();
    if words.next() != Some("ratio") {
        return Ok(None);
    }
    let malformed = || Error::new(format!("`{line}` is not `ratio NAME ours/peer VALUE`"));
    let (Some(name), Some("ours/peer"), Some(value), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(malformed());
    };
    let value: f64 = value.parse().map_err(|_| malformed())?;
    if value.is_finite() { Ok(Some((name, value))) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ratio_lines_are_taken() {
        let mut ratios = Ratios::default();
        for line in [
            "warming up",
            "ratio http_overhead ours/peer 0.18",
            "",
            "ratios of the day",
            "  ratio log\tours/peer   3e-1 ",
        ] {
            ratios.read(line).unwrap();
        }
        assert_eq!(ratios.iter().collect::<Vec<_>>(), [("http_overhead", 0.18), ("log", 0.3)]);
    }

    #[test]
    fn a_malformed_ratio_is_an_error() {
        for line in [
            "ratio",
            "ratio http ours/peer",
            "ratio http peer/ours 2",
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
    fn a_name_stands_for_one_ratio() {
        let mut ratios = Ratios::default();
        ratios.read("ratio http ours/peer 1").unwrap();
        for taken in ["ratio http ours/peer 2", "ratio conditions ours/peer 2"] {
            let error = ratios.read(taken).unwrap_err().to_string();
            assert_eq!(error, format!("`{taken}`: the name is taken"));
        }
        assert_eq!(ratios.iter().collect::<Vec<_>>(), [("http", 1.0)]);
    }

    #[test]
    fn the_table_lines_up() {
        let mut ratios = Ratios::default();
        ratios.read("ratio a ours/peer 0.25").unwrap();
        ratios.read("ratio longer ours/peer 12").unwrap();
        assert_eq!(ratios.table(), "        ours/peer\na          0.2500\nlonger    12.0000");
    }
}
