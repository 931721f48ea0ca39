//! Reads Fluentd's configuration language, as far as the files use it.

use obs_core::AssetKind;

/// `<name arg>…</name>`, or a whole configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) arg: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) sections: Vec<Self>,
}

/// The shipped file `name`.
pub(crate) fn shipped(name: &str) -> String {
    let mut files = obs_core::BUNDLE.files().iter();
    let file = files.find(|file| file.kind == AssetKind::Fluentd && file.name == name);
    file.unwrap_or_else(|| panic!("no file {name}")).text.to_owned()
}

/// `fluent.conf` with every include in it, those too that stand there as a comment.
pub(crate) fn everything(file: impl Fn(&str) -> String + Copy) -> Result<Section, String> {
    let mut text = String::new();
    expand("fluent.conf", file, &mut text);
    parse(&text)
}

fn expand(name: &str, file: impl Fn(&str) -> String + Copy, text: &mut String) {
    for line in file(name).lines() {
        match line.trim().trim_start_matches('#').strip_prefix("@include ") {
            Some(name) => expand(name, file, text),
            None => *text += &format!("{line}\n"),
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Section, String> {
    let mut open = vec![Section::default()];
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let mistake = |what: &str| format!("line {number}: {what}: {line}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("</").and_then(|rest| rest.strip_suffix('>')) {
            let section = open.pop().filter(|section| section.name == name);
            let section = section.ok_or_else(|| mistake("closes what is not open"))?;
            let outer = open.last_mut().ok_or_else(|| mistake("closes what is not open"))?;
            outer.sections.push(section);
        } else if let Some(head) = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            let (name, arg) = head.split_once(' ').unwrap_or((head, ""));
            let (name, arg) = (name.to_owned(), arg.to_owned());
            open.push(Section { name, arg, ..Section::default() });
        } else {
            let (key, value) = line.split_once(' ').ok_or_else(|| mistake("has no value"))?;
            let section = open.last_mut().ok_or_else(|| mistake("stands outside"))?;
            section.params.push((key.to_owned(), value.trim().to_owned()));
        }
    }
    match open.as_slice() {
        [root] => Ok(root.clone()),
        _ => Err(format!("<{}> is not closed", open.last().expect("a section").name)),
    }
}

impl Section {
    /// The value of a parameter; empty if it is not given.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.params.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.params.iter().any(|(name, _)| name == key)
    }

    /// Sections of this name directly within.
    pub(crate) fn within<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.sections.iter().filter(move |section| section.name == name)
    }

    /// This section and all below it.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let below = self.sections.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }

    /// How a finding names it: by its id where it has one.
    pub(crate) fn title(&self) -> String {
        let id = self.get("@id");
        let arg = if id.is_empty() { &self.arg } else { id };
        format!("<{} {arg}>", self.name)
    }
}
