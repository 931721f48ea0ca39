//! Shows that each rule refuses what it is there to refuse.

use crate::config::{everything, parse, shipped};
use crate::rules::{RULES, findings};

/// A file, what stands in it, what it is replaced by, and the rule that is to find it.
const MUTATIONS: &[(&str, &str, &str, &str)] = &[
    ("filter.conf", "@type concat", "@type concatenate", "types"),
    ("filter.conf", "    @id obs_panic\n", "", "ids"),
    ("filter.conf", "@id obs_panic", "@id obs_blank", "ids"),
    ("filter.conf", "@label @OBS_ECS", "@label @OBS_ESC", "labels"),
    ("filter.conf", "timeout_label @OBS_TEXT", "timeout_label @OBS_TXT", "labels"),
    ("output-elasticsearch.conf", "<label @ERROR>", "<label @ERRORS>", "labels"),
    ("filter.conf", "<match **>", "<match obs.**>", "catch-all"),
    ("fluent.conf", "<match **>\n    @type file", "<match **>\n    @type elasticsearch", "own log"),
    ("source-containers.conf", "exclude_path", "exclude_paths", "own log"),
    ("plan-source.conf", "**fluentd**", "**fluent**", "own log"),
    ("output-elasticsearch.conf", "<secondary>", "<format>", "output"),
    ("output-elasticsearch.conf", "<buffer tag, time>", "<buffer tag>", "output"),
    ("output-elasticsearch.conf", "<buffer tag, time>", "<buffer time>", "output"),
    ("output-elasticsearch.conf", "retry_timeout 24h", "retry_forever true", "output"),
    ("output-elasticsearch.conf", "overflow_action block", "flush_thread_count 1", "output"),
    ("output-elasticsearch.conf", "id_key $['labels.line_id']", "id_key labels.line_id", "output"),
    ("output-elasticsearch.conf", "time_precision 9", "remove_keys labels.line_id", "output"),
    ("output-elasticsearch.conf", "write_operation create", "write_operation index", "output"),
    ("output-elasticsearch.conf", "index_name obs-logs-", "index_name logs-", "output"),
    ("output-elasticsearch.conf", "buffer/dead-letters", "buffer/elasticsearch", "buffers"),
    ("output-elasticsearch.conf", "flush_at_shutdown true", "flush_at_shutdown false", "buffers"),
    ("source-files.conf", "rotate_wait 10", "encoding UTF-8", "sources"),
    ("source-files.conf", "rotate_wait 10", "max_line_size 8k", "sources"),
    ("source-docker.conf", "obs-docker.pos", "obs-containers.pos", "sources"),
    ("source-docker.conf", "emit_unmatched_lines true", "rotate_wait 10", "sources"),
    ("filter.conf", "    timeout_label @OBS_TEXT\n", "", "joins"),
    ("filter.conf", "    stream_identity_key stream\n", "", "joins"),
    ("filter.conf", "partial_cri_stream_key logtag", "partial_cri_stream_key stream", "joins"),
    ("filter.conf", "keep_time_key true", "keep_time_key false", "time"),
    ("filter.conf", "time_key @timestamp", "time_key time", "time"),
    ("filter.conf", "utc true", "utc false", "time"),
    ("filter.conf", "host.name", "hostname", "fields"),
    ("filter.conf", "labels.stream $", "labels.a.stream $", "fields"),
    ("filter.conf", "ecs.version 8.11.0", "ecs.version 1.6.0", "fields"),
    ("filter.conf", "    remove_keys stream,logtag\n", "", "fields"),
    ("source-files.conf", "path_key labels.log_file", "path_key log.file.path", "fields"),
];

#[test]
fn each_mistake_is_found_by_its_rule() {
    for (file, from, to, rule) in MUTATIONS {
        assert!(shipped(file).contains(from), "{from} is not in {file}");
        let mutated = |name: &str| match name == *file {
            true => shipped(name).replacen(from, to, 1),
            false => shipped(name),
        };
        // A mistake that leaves a section open is found by reading.
        let found = everything(mutated).map_or_else(|e| vec![e], |config| findings(&config));
        let by_rule = |found: &String| found.starts_with(&format!("[{rule}]"));
        let read = found.iter().any(|found| found.starts_with("line "));
        assert!(read || found.iter().any(by_rule), "{file}: {from} -> {to}: {found:?}");
    }
    for (rule, _) in RULES {
        assert!(MUTATIONS.iter().any(|(.., by)| by == rule), "nothing shows what {rule} finds");
    }
}

#[test]
fn sections_are_balanced() {
    for (text, mistake) in [
        ("<a>\n", "<a> is not closed"),
        ("<a>\n</b>", "line 2: closes what is not open"),
        ("</a>", "line 1: closes what is not open"),
        ("<a b>\n  @type\n</a>", "line 2: has no value"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(mistake), "{text}: {error}");
    }
}
