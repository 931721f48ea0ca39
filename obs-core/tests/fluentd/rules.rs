//! What must hold for the parts of the configuration to fit together.

use std::collections::BTreeSet;

use obs_core::AssetKind;
use obs_core::log::{ECS_VERSION, ecs_fields};

use crate::config::{Section, everything, parse, shipped};

/// What is wrong, a line each.
type Rule = fn(&Section) -> Vec<String>;

pub(crate) const RULES: &[(&str, Rule)] = &[
    ("types", types),
    ("ids", ids),
    ("labels", labels),
    ("catch-all", catch_all),
    ("own log", own_log),
    ("output", output),
    ("buffers", buffers),
    ("sources", sources),
    ("joins", joins),
    ("time", time),
    ("fields", fields),
];

/// What `rules` find, each with the name of its rule.
pub(crate) fn findings(config: &Section) -> Vec<String> {
    let named = |(name, rule): &(&str, Rule)| {
        rule(config).into_iter().map(|found| format!("[{name}] {found}")).collect::<Vec<_>>()
    };
    RULES.iter().flat_map(named).collect()
}

#[test]
fn the_configuration_holds_every_rule() {
    let config = everything(shipped).unwrap();
    assert!(config.all().len() > 60, "all files are read");
    let found = findings(&config);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_file_is_whole_and_included() {
    let files = obs_core::BUNDLE.files().iter().filter(|file| file.kind == AssetKind::Fluentd);
    let conf: Vec<_> = files.filter(|file| file.name.ends_with(".conf")).collect();
    assert_eq!(conf.len(), 8);
    let text: String = conf.iter().map(|file| file.text).collect();
    for file in conf {
        parse(file.text).unwrap_or_else(|mistake| panic!("{}: {mistake}", file.name));
        let included = text.contains(&format!("@include {}\n", file.name));
        assert!(included || file.name == "fluent.conf", "{} is not included", file.name);
    }
}

#[test]
fn the_usual_source_stands_there_as_it_is_usually_written() {
    let usual = "\
<source>
  @type tail
  path /var/log/containers/*.log
  pos_file /var/log/fluentd-containers.log.pos
  tag kubernetes.*
  <parse>
    @type json
    time_key time
    time_format %Y-%m-%dT%H:%M:%S.%NZ
  </parse>
</source>
";
    assert!(shipped("plan-source.conf").contains(usual));
}

/// Plugins that the files may use, by section. README.md names those that are not Fluentd's own.
fn types(config: &Section) -> Vec<String> {
    let known = |section: &Section| -> &[&str] {
        match section.name.as_str() {
            "source" => &["tail"],
            "filter" => &[
                "concat",
                "record_transformer",
                "grep",
                "parser",
                "elasticsearch_genid",
                "kubernetes_metadata",
            ],
            "match" => &["relabel", "copy", "null", "file", "elasticsearch"],
            "store" => &["relabel"],
            "parse" => &["none", "regexp", "json"],
            "format" => &["json"],
            "buffer" => &["file"],
            "secondary" => &["secondary_file"],
            "" | "system" | "label" | "record" | "regexp" | "exclude" | "inject" => &[""],
            _ => &[],
        }
    };
    let unknown = |section: &&Section| !known(section).contains(&section.get("@type"));
    let unknown = config.all().into_iter().filter(unknown);
    unknown
        .map(|section| format!("{}: @type {:?}", section.title(), section.get("@type")))
        .collect()
}

/// Fluentd's metrics and messages name a plugin by its id.
fn ids(config: &Section) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for section in config.all() {
        if !["source", "filter", "match", "store"].contains(&section.name.as_str()) {
            continue;
        }
        let id = section.get("@id");
        if id.is_empty() {
            // The source that is shown as guides show it.
            if section.get("pos_file") != "/var/log/fluentd-containers.log.pos" {
                found.push(format!("{} has no @id", section.title()));
            }
        } else if !seen.insert(id) {
            found.push(format!("@id {id} stands twice"));
        }
    }
    found
}

fn labels(config: &Section) -> Vec<String> {
    let mut there: Vec<_> = config.within("label").map(|label| label.arg.as_str()).collect();
    there.sort_unstable();
    let mut found: Vec<_> = there
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| format!("label {} stands twice", pair[0]))
        .collect();
    // Fluentd itself sends to these.
    let mut used = BTreeSet::from(["@ERROR", "@FLUENT_LOG"]);
    for section in config.all() {
        used.extend(["@label", "timeout_label"].map(|key| section.get(key)));
    }
    used.remove("");
    found.extend(
        used.iter().filter(|label| !there.contains(label)).map(|l| format!("no label {l}")),
    );
    found.extend(
        there.iter().filter(|label| !used.contains(*label)).map(|l| format!("{l} is unused")),
    );
    found
}

/// Whatever comes into a label leaves it: an event without a match is dropped.
fn catch_all(config: &Section) -> Vec<String> {
    let ends = |section: &&Section| section.within("match").last().is_some_and(|m| m.arg == "**");
    let open = std::iter::once(config).chain(config.within("label")).filter(|label| !ends(label));
    open.map(|label| format!("{} does not end in <match **>", label.title())).collect()
}

/// What Fluentd says of itself, and what the output refused, is never sent to that output.
fn own_log(config: &Section) -> Vec<String> {
    let mut found = Vec::new();
    for label in ["@FLUENT_LOG", "@ERROR"] {
        let section = config.within("label").find(|section| section.arg == label);
        let is_file = |m: &Section| m.get("@type") == "file";
        if !section.is_some_and(|section| section.within("match").all(is_file)) {
            found.push(format!("{label} is to end in a file"));
        }
    }
    for source in
        config.within("source").filter(|source| source.get("path").contains("containers/*.log"))
    {
        let drops = |m: &Section| m.arg.contains("fluentd") && m.get("@type") == "null";
        // Only what has no label comes by the matches outside of labels.
        let left_out = source.get("exclude_path").contains("fluentd")
            || !source.has("@label") && config.within("match").any(drops);
        if !left_out {
            found.push(format!("{} reads what Fluentd itself says", source.title()));
        }
    }
    found
}

/// How lines get to Elasticsearch: none lost unnoticed, none twice.
fn output(config: &Section) -> Vec<String> {
    let mut found = Vec::new();
    let all = config.all();
    let outputs: Vec<_> =
        all.iter().filter(|section| section.get("@type") == "elasticsearch").collect();
    if outputs.is_empty() {
        found.push("nothing goes to Elasticsearch".to_owned());
    }
    for output in outputs {
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{}: {what}", output.title()));
            }
        };
        for (key, value) in [
            ("write_operation", "create"),
            ("include_timestamp", "true"),
            ("reconnect_on_error", "true"),
            ("reload_on_failure", "true"),
            ("reload_connections", "false"),
            ("suppress_type_name", "true"),
            ("log_es_400_reason", "true"),
            ("emit_error_for_missing_id", "true"),
            ("verify_es_version_at_startup", "false"),
        ] {
            expect(output.get(key) == value, &format!("{key} is to be {value}"));
        }
        // What is refused is looked at again, by its id.
        expect(!output.has("remove_keys"), "remove_keys takes the id away");
        let id = all.iter().find(|section| section.get("@type") == "elasticsearch_genid");
        let id = id.map_or("", |section| section.get("hash_id_key"));
        expect(id.starts_with("labels."), "the id is a field that the index has");
        // A name with a dot is a path, unless it stands in brackets.
        expect(output.get("id_key") == format!("$['{id}']"), "id_key is not the field of the id");
        let index = output.get("index_name");
        expect(index.starts_with("obs-logs-"), "the template is for obs-logs-*");
        expect(output.within("secondary").count() == 1, "has no <secondary>");
        let buffer = output.within("buffer").next();
        expect(buffer.is_some(), "has no <buffer>");
        let Some(buffer) = buffer else { continue };
        let keys: Vec<_> = buffer.arg.split(',').map(str::trim).collect();
        expect(!index.contains('%') || keys.contains(&"time"), "a date needs `time` as chunk key");
        let secondary = output.within("secondary").next().map_or("", |s| s.get("basename"));
        expect(!secondary.contains("${tag}") || keys.contains(&"tag"), "${tag} is no chunk key");
        expect(!buffer.has("retry_forever"), "retries without end keep others waiting");
        for (key, value) in [
            ("retry_type", "exponential_backoff"),
            ("timekey_use_utc", "true"),
            ("flush_mode", "interval"),
        ] {
            expect(buffer.get(key) == value, &format!("{key} is to be {value}"));
        }
        for key in ["retry_timeout", "retry_max_interval", "total_limit_size", "chunk_limit_size"] {
            expect(buffer.has(key), &format!("{key} is not said"));
        }
        let overflow = ["block", "drop_oldest_chunk"].contains(&buffer.get("overflow_action"));
        expect(overflow, "overflow_action is not said");
    }
    found
}

fn buffers(config: &Section) -> Vec<String> {
    let mut paths = BTreeSet::new();
    let mut found = Vec::new();
    for buffer in config.all().into_iter().filter(|section| section.name == "buffer") {
        if !paths.insert(buffer.get("path")) {
            found.push(format!("two buffers in {}", buffer.get("path")));
        }
        if buffer.get("flush_at_shutdown") != "true" {
            found.push(format!("{} is not flushed at the end", buffer.get("path")));
        }
    }
    found
}

fn sources(config: &Section) -> Vec<String> {
    let mut found = Vec::new();
    let mut positions = BTreeSet::new();
    for source in config.within("source") {
        if !positions.insert(source.get("pos_file")) || source.get("pos_file").is_empty() {
            found.push(format!("{} has no pos_file of its own", source.title()));
        }
        // It turns every byte that is not ASCII into U+FFFD.
        if source.has("encoding") {
            found.push(format!("{} has an encoding", source.title()));
        }
        // Longer lines are skipped.
        if source.has("max_line_size") {
            found.push(format!("{} has a max_line_size", source.title()));
        }
        let parse = source.within("parse").next().map_or("", |parse| parse.get("@type"));
        let ours = source.has("@label");
        if ours && parse != "none" && source.get("emit_unmatched_lines") != "true" {
            found.push(format!("{} drops lines in another format", source.title()));
        }
    }
    found
}

/// Parts and panics that are put together again.
fn joins(config: &Section) -> Vec<String> {
    let mut found = Vec::new();
    for join in config.all().into_iter().filter(|section| section.get("@type") == "concat") {
        // Standard output and error are two streams of one file.
        for (key, why) in [
            ("timeout_label", "drops the last lines into @ERROR"),
            ("stream_identity_key", "mixes standard output and error"),
        ] {
            if !join.has(key) {
                found.push(format!("{} {why}: no {key}", join.title()));
            }
        }
        if join.has("use_partial_cri_logtag") && join.get("partial_cri_stream_key") != "logtag" {
            found.push(format!("{} deletes the stream", join.title()));
        }
    }
    found
}

/// The time of our lines is read with all its digits, and stays in them.
fn time(config: &Section) -> Vec<String> {
    let label = config.within("label").find(|label| label.arg == "@OBS_ECS");
    let parser =
        label.and_then(|label| label.within("filter").find(|f| f.get("@type") == "parser"));
    let Some(parser) = parser else { return vec!["@OBS_ECS parses nothing".to_owned()] };
    let mut found = Vec::new();
    let Some(parse) = parser.within("parse").next() else { return vec!["no <parse>".to_owned()] };
    for (section, key, value) in [
        (parser, "emit_invalid_record_to_error", "true"),
        (parser, "reserve_data", "true"),
        (parse, "@type", "json"),
        (parse, "time_key", "@timestamp"),
        (parse, "time_type", "string"),
        (parse, "time_format", "%Y-%m-%dT%H:%M:%S.%NZ"),
        (parse, "utc", "true"),
        (parse, "keep_time_key", "true"),
    ] {
        if section.get(key) != value {
            found.push(format!("{key} is {:?}, not {value}", section.get(key)));
        }
    }
    found
}

/// What is put into records is taken by the index, or taken out again.
fn fields(config: &Section) -> Vec<String> {
    let mut found = Vec::new();
    let removed: BTreeSet<_> = config
        .all()
        .iter()
        .flat_map(|section| section.get("remove_keys").split(','))
        .chain(["log"])
        .collect();
    for record in config.all().into_iter().filter(|section| section.name == "record") {
        for (name, value) in &record.params {
            let known = ecs_fields().iter().any(|field| field.name == name)
                || name.strip_prefix("labels.").is_some_and(|label| !label.contains('.'));
            if !known && !removed.contains(name.as_str()) {
                found.push(format!("{name} is no field of the index"));
            }
            if name == "ecs.version" && value != ECS_VERSION {
                found.push(format!("ecs.version is {value}, not {ECS_VERSION}"));
            }
        }
    }
    for key in ["stream", "logtag", "unmatched_line", "log", "kubernetes", "docker"] {
        if !removed.contains(key) {
            found.push(format!("{key} is left in records"));
        }
    }
    for source in config.within("source").filter(|source| source.has("path_key")) {
        if !source.get("path_key").starts_with("labels.") {
            found.push(format!("path_key {} is no field of the index", source.get("path_key")));
        }
    }
    found
}
