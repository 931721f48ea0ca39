//! Names as words, whatever they are spelt like.

/// Letters that are kept of a name: one bit each in `begins`.
const LETTERS: usize = 128;

/// The letters and digits of a name in lower case, and where its words begin.
pub(super) struct Name {
    letters: [u8; LETTERS],
    len: usize,
    begins: u128,
}

impl Name {
    /// Of a name that is too long, its end counts.
    pub(super) fn new(name: &[u8]) -> Self {
        let name = &name[name.len().saturating_sub(LETTERS)..];
        let mut this = Self { letters: [0; LETTERS], len: 0, begins: 0 };
        for (at, byte) in name.iter().enumerate() {
            if is_letter(*byte) {
                if at == 0 || ends_word(name, at - 1) {
                    this.begins |= 1 << this.len;
                }
                this.letters[this.len] = byte.to_ascii_lowercase();
                this.len += 1;
            }
        }
        this
    }

    pub(super) fn letters(&self) -> &[u8] {
        &self.letters[..self.len]
    }

    /// Whether a word begins here, or the name ends.
    pub(super) fn is_border(&self, at: usize) -> bool {
        at == self.len || self.begins & (1 << at) != 0
    }

    /// Where words end, from the last to the first.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> {
        (1..=self.len).rev().filter(|at| self.is_border(*at))
    }

    /// The word that ends at `end`.
    pub(super) fn word(&self, end: usize) -> &[u8] {
        let begin = (0..end).rev().find(|at| self.is_border(*at)).unwrap_or(0);
        &self.letters[begin..end]
    }
}

/// What a word is made of. Letters beyond ASCII are taken as they are.
pub(super) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether a word ends with the byte at `at`: the next is no letter, or begins another word.
pub(super) fn ends_word(name: &[u8], at: usize) -> bool {
    let here = name[at];
    let Some(next) = name.get(at + 1) else { return true };
    if !is_letter(here) || !is_letter(*next) {
        return true;
    }
    if here.is_ascii_digit() != next.is_ascii_digit() {
        return true;
    }
    if !next.is_ascii_uppercase() {
        return false;
    }
    // `apiKey`, and the `K` of `APIKey`.
    !here.is_ascii_uppercase() || name.get(at + 2).is_some_and(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for (name, words) in [
            ("api_key", "api key"),
            ("apiKey", "api key"),
            ("APIKey", "api key"),
            ("X-API-Key", "x api key"),
            ("APIKEY", "apikey"),
            ("oauth2Token", "oauth 2 token"),
            ("user.ssn", "user ssn"),
            ("_a__b_", "a b"),
            ("пароль_db", "пароль db"),
            ("", ""),
        ] {
            let found = Name::new(name.as_bytes());
            let mut split: Vec<_> = found
                .ends()
                .map(|end| String::from_utf8_lossy(found.word(end)).into_owned())
                .collect();
            split.reverse();
            assert_eq!(split.join(" "), words, "{name}");
        }
    }

    #[test]
    fn of_a_long_name_the_end_counts() {
        let name = format!("{}_token", "x".repeat(1000));
        let name = Name::new(name.as_bytes());
        assert_eq!(name.word(name.letters().len()), b"token");
    }
}
