//! What `cargo metadata` says about a workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cmd;
use crate::error::{Error, Result};

/// A workspace and its own packages.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) published: bool,
    /// Declared features in alphabetical order, without `default`.
    pub(crate) features: Vec<String>,
    /// Names of its binaries.
    pub(crate) bins: Vec<String>,
}

impl Package {
    /// The feature sets that must compile alone: none, and each feature by itself.
    pub(crate) fn feature_sets(&self) -> impl Iterator<Item = Option<&str>> {
        std::iter::once(None).chain(self.features.iter().map(|feature| Some(feature.as_str())))
    }
}

impl Workspace {
    /// The workspace this program belongs to.
    pub(crate) fn load() -> Result<Self> {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    /// The workspace that `dir` belongs to.
    pub(crate) fn at(dir: &Path) -> Result<Self> {
        let metadata =
            cmd::capture(cmd::cargo(dir).args(["metadata", "--no-deps", "--format-version", "1"]))?;
        Self::parse(&metadata)
    }

    fn parse(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)
            .map_err(|error| Error::new(format!("`cargo metadata` printed no JSON: {error}")))?;
        Ok(Self {
            root: text(&metadata, "workspace_root")?.into(),
            target: text(&metadata, "target_directory")?.into(),
            packages: list(&metadata, "packages")?.iter().map(package).collect::<Result<_>>()?,
        })
    }
}

fn package(value: &Value) -> Result<Package> {
    // `publish = false` is an empty list of registries, no restriction is null.
    let published = value["publish"].as_array().is_none_or(|registries| !registries.is_empty());
    let features = value["features"].as_object().ok_or_else(|| missing("features"))?;
    let mut bins = Vec::new();
    for target in list(value, "targets")? {
        if list(target, "kind")?.iter().any(|kind| kind == "bin") {
            bins.push(text(target, "name")?.to_owned());
        }
    }
    Ok(Package {
        name: text(value, "name")?.to_owned(),
        published,
        features: features.keys().filter(|name| *name != "default").cloned().collect(),
        bins,
    })
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field].as_str().ok_or_else(|| missing(field))
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value]> {
    value[field].as_array().map(Vec::as_slice).ok_or_else(|| missing(field))
}

fn missing(field: &str) -> Error {
    Error::new(format!("`cargo metadata` printed no `{field}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_packages_with_their_features_and_binaries() {
        let metadata = r#"{
            "workspace_root": "/src/shop", "target_directory": "/src/shop/target",
            "packages": [
                {"name": "a", "publish": null, "features": {"z": [], "default": ["z"], "b": ["dep:b"]},
                 "targets": [{"name": "a", "kind": ["lib"]}]},
                {"name": "tool", "publish": [], "features": {},
                 "targets": [{"name": "one", "kind": ["bin"]}, {"name": "t", "kind": ["test"]},
                             {"name": "two", "kind": ["bin"]}]},
                {"name": "inner", "publish": ["ours"], "features": {}, "targets": []}
            ]}"#;
        let workspace = Workspace::parse(metadata).unwrap();
        assert_eq!(workspace.root, Path::new("/src/shop"));
        assert_eq!(workspace.target, Path::new("/src/shop/target"));
        let [a, tool, inner] = workspace.packages.as_slice() else {
            panic!("{:?}", workspace.packages);
        };
        assert_eq!(a.feature_sets().collect::<Vec<_>>(), [None, Some("b"), Some("z")]);
        assert_eq!(tool.feature_sets().collect::<Vec<_>>(), [None]);
        assert_eq!(tool.bins, ["one", "two"]);
        assert_eq!((a.published, tool.published, inner.published), (true, false, true));
    }

    #[test]
    fn metadata_without_a_field_names_it() {
        let error = Workspace::parse(r#"{"workspace_root": "/src"}"#).unwrap_err();
        assert_eq!(error.to_string(), "`cargo metadata` printed no `target_directory`");
    }
}
