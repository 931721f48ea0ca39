//! That serenity still says what is listened for, and what is made of it.

use super::*;
use crate::rest::test_source;

struct Text(&'static str);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn source(target: &str) -> String {
    test_source::serenity(&format!(
        "src/{}.rs",
        target.replace("serenity::", "").replace("::", "/")
    ))
}

#[test]
fn serenity_says_each_sentence() {
    for (target, start, sentence) in SENTENCES {
        let source = source(target);
        // Those of the runner that is not told its shard, and of the manager, have no brackets.
        let bracketed = format!("{{:?}}] {start}");
        let bare = format!("!(\"{start}");
        let said = source.matches(&bracketed).count() + source.matches(&bare).count();
        assert_eq!(said, 1, "{sentence:?}: {start:?} in {target}");
    }
}

#[test]
fn serenity_handles_a_close_in_the_span_that_is_looked_at() {
    let source = source(SHARD);
    let span = "#[instrument(skip(self))]\n    fn handle_gateway_closed(\n        &mut self,\n        \
                data: Option<&CloseFrame<'static>>,";
    assert!(source.contains(span));
}

#[test]
fn a_message_tells_its_shard_and_sentence() {
    let table = [
        (
            SHARD,
            "[ShardInfo { id: ShardId(3), total: 16 }] Attempting to resume",
            Some((Some(3), Sentence::Resuming)),
        ),
        (
            RUNNER,
            "[ShardRunner ShardInfo { id: ShardId(0), total: 1 }] Error heartbeating",
            Some((Some(0), Sentence::Heartbeat)),
        ),
        (RUNNER, "Attempting to auto-reconnect", Some((None, Sentence::Failed))),
        (MANAGER, "Restarting shard 12", Some((Some(12), Sentence::Requested))),
        (
            SOCKET,
            "[ShardInfo { id: ShardId(3), total: 16 }] Identifying",
            Some((Some(3), Sentence::Enters(Stage::Identifying))),
        ),
        (SHARD, "[ShardInfo { id: ShardId(3), total: 16 }] Resumed", None),
        // A sentence in the mouth of somebody else.
        (RUNNER, "[ShardInfo { id: ShardId(3), total: 16 }] Attempting to resume", None),
        (MANAGER, "[", None),
        (MANAGER, "", None),
    ];
    for (target, text, want) in table {
        assert_eq!(Message::read(&Text(text)).sentence(target), want, "{text}");
    }
}

#[test]
fn a_long_message_is_read_to_its_first_bytes() {
    let message = Message::read(&"ä".repeat(1_000));
    assert_eq!(message.len, EXCERPT);
    assert!(message.text().ends_with('ä'), "no half character");
}

#[test]
fn a_frame_tells_its_code() {
    let table = [
        (r#"Some(CloseFrame { code: Normal, reason: "" })"#, "1000"),
        (r#"Some(CloseFrame { code: Away, reason: "bye" })"#, "1001"),
        (r#"Some(CloseFrame { code: Library(4014), reason: "Disallowed intent(s)." })"#, "4014"),
        (r#"Some(CloseFrame { code: Library(4999), reason: "" })"#, "other"),
        (r#"Some(CloseFrame { code: Abnormal, reason: "code: Normal," })"#, "other"),
        ("None", "other"),
    ];
    for (frame, want) in table {
        assert_eq!(CODES[close_code(&Text(frame))], want, "{frame}");
    }
}

/// What is said of which shard.
type Said = (Option<u32>, Sentence);

/// What happens, what is said of it, and the ends that are counted.
type Story = (&'static str, &'static [Said], &'static [(u32, &'static str)]);

#[test]
fn each_end_has_one_reason() {
    use Sentence as S;
    const fn one(said: S) -> Said {
        (Some(1), said)
    }
    const STORIES: [Story; 8] = [
        (
            "a missing acknowledgement",
            &[one(S::Running), one(S::Heartbeat), one(S::Restarting), one(S::Requested)],
            &[(1, "heartbeat")],
        ),
        (
            "an invalid session",
            &[one(S::Invalidated), one(S::Restarting), one(S::Requested), one(S::Running)],
            &[(1, "invalid_session")],
        ),
        ("op 7", &[one(S::Resuming)], &[(1, "reconnect")]),
        ("op 7 twice", &[one(S::Resuming), one(S::Resuming)], &[(1, "reconnect"); 2]),
        (
            "a resume that Discord does not take",
            &[one(S::Resuming), one(S::Invalidated), one(S::Restarting)],
            &[(1, "reconnect"), (1, "invalid_session")],
        ),
        ("a broken connection", &[(None, S::Failed), one(S::Resuming)], &[(1, "error")]),
        (
            "the bot's own wish",
            &[one(S::Running), one(S::Requested), one(S::Running), one(S::Requested)],
            &[(1, "requested"); 2],
        ),
        (
            "two shards",
            &[one(S::Heartbeat), (Some(2), S::Invalidated), one(S::Restarting)],
            &[(1, "heartbeat"), (2, "invalid_session")],
        ),
    ];
    let story = |said: &[Said]| -> Vec<(u32, &'static str)> {
        let mut ends = Ends::default();
        let heard = said.iter().filter_map(|&(shard, said)| ends.hear(shard, said));
        heard.map(|(shard, reason)| (shard, reason.name())).collect()
    };
    for (what, said, want) in STORIES {
        assert_eq!(story(said), want, "{what}");
    }
}

#[test]
fn a_close_of_which_no_shard_was_told_is_the_next_ones() {
    let mut ends = Ends::default();
    assert_eq!(ends.closed(None), None);
    assert_eq!(ends.hear(Some(4), Sentence::Resuming), Some((4, Reason::Closed)));
    assert_eq!(ends.closed(Some(4)), Some((4, Reason::Closed)));
    assert_eq!(ends.hear(Some(4), Sentence::Resuming), None);
    for _ in 0..1_000 {
        ends.closed(None);
    }
    assert!(ends.pending.len() <= PENDING);
}
