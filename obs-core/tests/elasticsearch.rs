//! The index template against the list of fields that a line can have.

use std::collections::BTreeMap;

use obs_core::AssetKind;
use obs_core::log::{ECS_VERSION, EcsKind, ecs_fields};
use serde_json::{Value, json};

/// Fields that the Elastic Common Schema searches by patterns, and that may be longer than a
/// keyword can be.
const WILDCARDS: [&str; 3] = ["url.full", "url.original", "url.path"];

fn template() -> Value {
    let file = obs_core::BUNDLE
        .files()
        .iter()
        .find(|file| file.kind == AssetKind::Elasticsearch && file.name == "obs-logs.template.json")
        .expect("the template is shipped");
    serde_json::from_str(file.text).expect("JSON")
}

/// How a field is to be mapped.
fn mapping(name: &str, kind: EcsKind) -> Value {
    match kind {
        _ if WILDCARDS.contains(&name) => json!({ "type": "wildcard" }),
        // `date` keeps milliseconds.
        EcsKind::Date => json!({ "type": "date_nanos" }),
        // Without a limit, a text of more than 32766 bytes refuses the whole line.
        EcsKind::Keyword => json!({ "type": "keyword", "ignore_above": 1024 }),
        EcsKind::Text => json!({ "type": "match_only_text" }),
        EcsKind::Long => json!({ "type": "long" }),
        EcsKind::Ip => json!({ "type": "ip" }),
        kind => panic!("{name}: say how Elasticsearch maps {kind:?}"),
    }
}

/// The fields of `properties` by their dotted names. An object that says more than which fields it
/// has counts as a field.
fn fields(prefix: &str, properties: &Value, found: &mut BTreeMap<String, Value>) {
    for (name, field) in properties.as_object().expect("properties are an object") {
        assert!(!name.contains('.'), "{prefix}{name}: an object for each part of a name");
        let path = format!("{prefix}{name}");
        match field.as_object().expect("a mapping is an object").iter().collect::<Vec<_>>()[..] {
            [(key, inner)] if key == "properties" => fields(&format!("{path}."), inner, found),
            _ => drop(found.insert(path, field.clone())),
        }
    }
}

#[test]
fn the_template_maps_exactly_the_fields_that_a_line_can_have() {
    let mut want: BTreeMap<_, _> = ecs_fields()
        .iter()
        .map(|field| (field.name.to_owned(), mapping(field.name, field.kind)))
        .collect();
    for object in ["labels", "numeric_labels"] {
        want.insert(object.to_owned(), json!({ "type": "object", "dynamic": true }));
    }
    let mut found = BTreeMap::new();
    fields("", &template()["template"]["mappings"]["properties"], &mut found);
    let mut wrong = Vec::new();
    for (name, mapping) in &want {
        match found.remove(name) {
            None => wrong.push(format!("{name} is missing: {mapping}")),
            Some(is) if is != *mapping => wrong.push(format!("{name} is {is}, not {mapping}")),
            Some(_) => {}
        }
    }
    wrong.extend(found.keys().map(|name| format!("{name} is in no line")));
    assert!(wrong.is_empty(), "obs-logs.template.json:\n{}", wrong.join("\n"));
}

#[test]
fn only_labels_may_grow_and_each_kind_of_them_has_one_type() {
    let template = template();
    let mappings = &template["template"]["mappings"];
    assert_eq!(mappings["dynamic"], "strict");
    // A label that looks like a date stays text.
    assert_eq!(mappings["date_detection"], false);
    let dynamic = |path: &str, mapping: Value| json!({ "path_match": path, "match_mapping_type": "*", "mapping": mapping });
    assert_eq!(
        mappings["dynamic_templates"],
        json!([
            { "labels": dynamic("labels.*", mapping("labels.*", EcsKind::Keyword)) },
            { "numeric_labels": dynamic("numeric_labels.*", json!({ "type": "double" })) },
        ])
    );
}

#[test]
fn the_template_is_of_the_schema_s_version_and_leaves_room_for_labels() {
    let template = template();
    assert_eq!(template["_meta"]["ecs_version"], ECS_VERSION);
    // Elasticsearch's own template for `logs-*-*` makes data streams of what it matches.
    assert_eq!(template["index_patterns"], json!(["obs-logs-*"]));
    let limit = &template["template"]["settings"]["index"]["mapping"]["total_fields"]["limit"];
    let fields = u64::try_from(ecs_fields().len()).unwrap();
    assert!(limit.as_u64().unwrap() > 10 * fields, "{limit} for {fields} fields and all labels");
}
