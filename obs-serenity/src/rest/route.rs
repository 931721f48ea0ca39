//! Which route of Discord's API a URL is for.

use std::sync::OnceLock;

/// The routes that serenity 0.12 knows, as templates. `{id}` is a number; `{emoji}`, `{token}` and
/// `{code}` are anything but empty.
const TEMPLATES: [&str; 108] = [
    "/applications/{id}/commands",
    "/applications/{id}/commands/{id}",
    "/applications/{id}/emojis",
    "/applications/{id}/emojis/{id}",
    "/applications/{id}/entitlements",
    "/applications/{id}/entitlements/{id}",
    "/applications/{id}/entitlements/{id}/consume",
    "/applications/{id}/guilds/{id}/commands",
    "/applications/{id}/guilds/{id}/commands/permissions",
    "/applications/{id}/guilds/{id}/commands/{id}",
    "/applications/{id}/guilds/{id}/commands/{id}/permissions",
    "/applications/{id}/skus",
    "/channels/{id}",
    "/channels/{id}/followers",
    "/channels/{id}/invites",
    "/channels/{id}/messages",
    "/channels/{id}/messages/bulk-delete",
    "/channels/{id}/messages/{id}",
    "/channels/{id}/messages/{id}/crosspost",
    "/channels/{id}/messages/{id}/reactions",
    "/channels/{id}/messages/{id}/reactions/{emoji}",
    "/channels/{id}/messages/{id}/reactions/{emoji}/@me",
    "/channels/{id}/messages/{id}/reactions/{emoji}/{id}",
    "/channels/{id}/messages/{id}/threads",
    "/channels/{id}/permissions/{id}",
    "/channels/{id}/pins",
    "/channels/{id}/pins/{id}",
    "/channels/{id}/polls/{id}/answers/{id}",
    "/channels/{id}/polls/{id}/expire",
    "/channels/{id}/send-soundboard-sound",
    "/channels/{id}/thread-members",
    "/channels/{id}/thread-members/@me",
    "/channels/{id}/thread-members/{id}",
    "/channels/{id}/threads",
    "/channels/{id}/threads/archived/private",
    "/channels/{id}/threads/archived/public",
    "/channels/{id}/typing",
    "/channels/{id}/users/@me/threads/archived/private",
    "/channels/{id}/voice-status",
    "/channels/{id}/webhooks",
    "/gateway",
    "/gateway/bot",
    "/guilds",
    "/guilds/{id}",
    "/guilds/{id}/audit-logs",
    "/guilds/{id}/auto-moderation/rules",
    "/guilds/{id}/auto-moderation/rules/{id}",
    "/guilds/{id}/bans",
    "/guilds/{id}/bans/{id}",
    "/guilds/{id}/bulk-ban",
    "/guilds/{id}/channels",
    "/guilds/{id}/emojis",
    "/guilds/{id}/emojis/{id}",
    "/guilds/{id}/incident-actions",
    "/guilds/{id}/integrations",
    "/guilds/{id}/integrations/{id}",
    "/guilds/{id}/integrations/{id}/sync",
    "/guilds/{id}/invites",
    "/guilds/{id}/members",
    "/guilds/{id}/members/@me",
    "/guilds/{id}/members/search",
    "/guilds/{id}/members/{id}",
    "/guilds/{id}/members/{id}/roles/{id}",
    "/guilds/{id}/mfa",
    "/guilds/{id}/preview",
    "/guilds/{id}/prune",
    "/guilds/{id}/regions",
    "/guilds/{id}/roles",
    "/guilds/{id}/roles/member-counts",
    "/guilds/{id}/roles/{id}",
    "/guilds/{id}/scheduled-events",
    "/guilds/{id}/scheduled-events/{id}",
    "/guilds/{id}/scheduled-events/{id}/users",
    "/guilds/{id}/soundboard-sounds",
    "/guilds/{id}/soundboard-sounds/{id}",
    "/guilds/{id}/stickers",
    "/guilds/{id}/stickers/{id}",
    "/guilds/{id}/threads/active",
    "/guilds/{id}/vanity-url",
    "/guilds/{id}/voice-states/@me",
    "/guilds/{id}/voice-states/{id}",
    "/guilds/{id}/webhooks",
    "/guilds/{id}/welcome-screen",
    "/guilds/{id}/widget",
    "/incidents/unresolved.json",
    "/interactions/{id}/{token}/callback",
    "/invites/{code}",
    "/oauth2/applications/@me",
    "/scheduled-maintenances/active.json",
    "/scheduled-maintenances/upcoming.json",
    "/soundboard-default-sounds",
    "/stage-instances",
    "/stage-instances/{id}",
    "/sticker-packs",
    "/sticker-packs/{id}",
    "/stickers/{id}",
    "/users/@me",
    "/users/@me/channels",
    "/users/@me/connections",
    "/users/@me/guilds",
    "/users/@me/guilds/{id}",
    "/users/@me/guilds/{id}/member",
    "/users/{id}",
    "/voice/regions",
    "/webhooks/{id}",
    "/webhooks/{id}/{token}",
    "/webhooks/{id}/{token}/messages/@original",
    "/webhooks/{id}/{token}/messages/{id}",
];

/// What stands for a URL that is none of [`TEMPLATES`].
const OTHER: &str = "other";

/// The answer to an interaction, whose id is in the path.
const CALLBACK: &str = "/interactions/{id}/{token}/callback";

/// A route of Discord's API: one of a closed set, whatever the URL was.
///
/// Ids, tokens, emoji, invite codes and queries have no place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route(u8);

impl Route {
    /// How many routes there are.
    pub(super) const COUNT: usize = TEMPLATES.len() + 1;

    /// The route of what serenity asks for, from a URL or the path of one.
    ///
    /// Takes time linear in the length of the URL: each segment is looked at once.
    pub(super) fn of(url: &str) -> Self {
        let Some(path) = api_path(url) else { return Self::other() };
        let mut node = tree();
        for segment in path.split('/') {
            let Some(next) = node.next(segment) else { return Self::other() };
            node = next;
        }
        node.route.unwrap_or(Self::other())
    }

    /// All of them, in the order of their index.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..=Self::other().0).map(Self)
    }

    /// The template that is the label's value.
    pub(super) fn template(self) -> &'static str {
        TEMPLATES.get(self.index()).copied().unwrap_or(OTHER)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The interaction that a request to this URL answers.
    pub(super) fn interaction(self, url: &str) -> Option<u64> {
        if self.template() != CALLBACK {
            return None;
        }
        api_path(url)?.split('/').nth(1)?.parse().ok()
    }

    /// Whether this is a message that exists.
    pub(super) fn is_message(self) -> bool {
        let template = self.template();
        template.ends_with("/messages/{id}") || template.ends_with("/messages/@original")
    }

    /// What is none that serenity knows.
    pub(super) const fn other() -> Self {
        Self(TEMPLATES.len() as u8)
    }
}

/// What follows `/api/v10/`, without the query.
fn api_path(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (_, versioned) = path.split_once("/api/v")?;
    let (version, path) = versioned.split_once('/')?;
    is_number(version).then_some(path)
}

/// Whether this is an id, or could be: Discord's have at most 20 digits.
fn is_number(segment: &str) -> bool {
    (1..=20).contains(&segment.len()) && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// The templates by their segments.
#[derive(Default)]
struct Node {
    literals: Vec<(&'static str, Self)>,
    id: Option<Box<Self>>,
    text: Option<Box<Self>>,
    route: Option<Route>,
}

impl Node {
    fn next(&self, segment: &str) -> Option<&Self> {
        let literal = self.literals.iter().find(|(name, _)| *name == segment);
        literal
            .map(|(_, node)| node)
            .or_else(|| self.id.as_deref().filter(|_| is_number(segment)))
            .or_else(|| self.text.as_deref().filter(|_| !segment.is_empty()))
    }

    fn child(&mut self, segment: &'static str) -> &mut Self {
        match segment {
            "{id}" => self.id.get_or_insert_default(),
            _ if segment.starts_with('{') => self.text.get_or_insert_default(),
            _ => {
                let found = self.literals.iter().position(|(name, _)| *name == segment);
                let at = found.unwrap_or_else(|| {
                    self.literals.push((segment, Self::default()));
                    self.literals.len() - 1
                });
                &mut self.literals[at].1
            }
        }
    }
}

fn tree() -> &'static Node {
    static TREE: OnceLock<Node> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut root = Node::default();
        for (number, template) in (0..).zip(TEMPLATES) {
            let mut node = &mut root;
            for segment in template.split('/').skip(1) {
                node = node.child(segment);
            }
            node.route = Some(Route(number));
        }
        root
    })
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
