//! That a URL finds its route, and that nothing else of it gets out.

use proptest::prelude::*;

use super::*;
use crate::rest::test_source;

const TOKEN: &str = "aW50ZXJhY3Rpb246MTE4NDk5OTk5OTk5OTk5OTk5OTpzZWNyZXQ";

#[test]
fn a_url_finds_its_template() {
    let id = "1184999999999999999";
    let api = "https://discord.com/api/v10";
    // (path, template)
    let table = [
        (format!("/channels/{id}/messages"), "/channels/{id}/messages"),
        (format!("/channels/{id}/messages?limit=5&after={id}"), "/channels/{id}/messages"),
        (format!("/channels/{id}/messages/bulk-delete"), "/channels/{id}/messages/bulk-delete"),
        (
            format!("/channels/{id}/messages/{id}/reactions/%F0%9F%91%8D/@me"),
            "/channels/{id}/messages/{id}/reactions/{emoji}/@me",
        ),
        (
            format!("/channels/{id}/messages/{id}/reactions/blob:{id}/{id}"),
            "/channels/{id}/messages/{id}/reactions/{emoji}/{id}",
        ),
        (format!("/interactions/{id}/{TOKEN}/callback"), "/interactions/{id}/{token}/callback"),
        (format!("/webhooks/{id}/{TOKEN}"), "/webhooks/{id}/{token}"),
        (
            format!("/webhooks/{id}/{TOKEN}/messages/@original"),
            "/webhooks/{id}/{token}/messages/@original",
        ),
        (format!("/webhooks/{id}/{id}"), "/webhooks/{id}/{token}"),
        (format!("/guilds/{id}/members/search?query=x"), "/guilds/{id}/members/search"),
        ("/users/@me/guilds".to_owned(), "/users/@me/guilds"),
        ("/invites/rust-lang".to_owned(), "/invites/{code}"),
        ("/gateway/bot".to_owned(), "/gateway/bot"),
        // No routes.
        (format!("/channels/{id}/"), "other"),
        (format!("/channels/{id}/messages/{id}/{id}"), "other"),
        ("/channels/not-a-number".to_owned(), "other"),
        (format!("/channels/{id}{id}"), "other"),
        (format!("//channels/{id}"), "other"),
        ("".to_owned(), "other"),
        ("/".to_owned(), "other"),
    ];
    for (path, want) in table {
        assert_eq!(Route::of(&format!("{api}{path}")).template(), want, "{path}");
    }
    for url in ["", "/", "/channels/1", "/api/v/channels/1", "/api/vx/channels/1", "/api/v10"] {
        assert_eq!(Route::of(url).template(), "other", "{url}");
    }
    assert_eq!(Route::of("/prefix/api/v9/channels/1").template(), "/channels/{id}");
}

#[test]
fn only_an_answer_to_an_interaction_has_one() {
    let url = format!("/api/v10/interactions/1184999999999999999/{TOKEN}/callback?with_response=1");
    assert_eq!(Route::of(&url).interaction(&url), Some(1_184_999_999_999_999_999));
    let url = "/api/v10/channels/1184999999999999999";
    assert_eq!(Route::of(url).interaction(url), None);
    // More digits than a number has.
    let url = format!("/api/v10/interactions/99999999999999999999/{TOKEN}/callback");
    assert_eq!(Route::of(&url).interaction(&url), None);
}

/// A route that serenity gets in a later 0.12 fails here, instead of being `other` unseen.
#[test]
fn the_templates_are_the_routes_of_serenity() {
    let source = test_source::serenity("src/http/routing.rs");
    let routes = source.split_once("routes! ('a").expect("the macro's call").1;
    let mut theirs = Vec::new();
    for (start, _) in routes.match_indices("!(\"/") {
        let call = &routes[start + 3..];
        let (path, arguments) = call.split_once('"').expect("the path's end");
        let arguments = arguments.split_once(')').expect("the arguments' end").0;
        let mut template = path.to_owned();
        for argument in arguments.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name = match argument {
                "reaction" => "{emoji}",
                "token" => "{token}",
                "code" => "{code}",
                _ => "{id}",
            };
            template = template.replacen("{}", name, 1);
        }
        theirs.push(template);
    }
    theirs.sort();
    theirs.dedup();
    assert_eq!(TEMPLATES.as_slice(), theirs);
    for (number, template) in TEMPLATES.iter().enumerate() {
        let url = format!("/api/v10{template}").replace("{id}", "1").replace(['{', '}'], "");
        assert_eq!(Route::of(&url).index(), number, "{url}");
    }
}

fn segments() -> impl Strategy<Value = String> {
    let words: Vec<String> = TEMPLATES
        .iter()
        .flat_map(|template| template.split('/'))
        .map(str::to_owned)
        .chain([TOKEN.to_owned(), "Bot+MTE4.G.secret".to_owned(), "..".to_owned()])
        .collect();
    prop_oneof![
        4 => proptest::sample::select(words),
        3 => "[0-9]{1,25}",
        1 => "[A-Za-z0-9_.%-]{0,80}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_of_a_url_gets_out(
        host in prop_oneof![Just(""), Just("https://discord.com"), Just("http://x/api/v1")],
        version in prop_oneof![Just("/api/v10"), Just("/api/v9"), Just("")],
        path in proptest::collection::vec(segments(), 0..10),
    ) {
        let url = format!("{host}{version}/{}", path.join("/"));
        let route = Route::of(&url).template();
        prop_assert!(route == OTHER || TEMPLATES.contains(&route));
        let digits = route.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        prop_assert!(digits < Some(15), "{route}");
        prop_assert!(!route.contains(TOKEN) && !route.contains("secret"), "{route}");
    }

    #[test]
    fn a_route_of_serenity_is_found_with_any_ids(
        number in 0..TEMPLATES.len(),
        id in 1u64..,
        text in "[A-Za-z0-9_.%:-]{1,90}",
    ) {
        let filled = TEMPLATES[number].replace("{id}", &id.to_string());
        let filled = filled.replace("{emoji}", &text).replace("{token}", &text);
        let url = format!("https://discord.com/api/v10{}", filled.replace("{code}", &text));
        prop_assert_eq!(Route::of(&url).template(), TEMPLATES[number]);
    }
}
