use serde_json::Value;

/// A request that the fake was sent, in the order of arrival.
///
/// The authorization is not kept: it is checked against [`Builder::token`], so that a bot's token
/// is in no test's output.
///
/// [`Builder::token`]: crate::discord::Builder::token
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path below `/api/v10`, such as `/channels/1/messages`.
    pub path: String,
    /// What follows the question mark, or nothing.
    pub query: String,
    /// The JSON of the body, that of `payload_json` of a form with files, or null.
    pub body: Value,
    /// The status that it is answered with, maybe later.
    pub status: u16,
}

impl Request {
    /// Whether it is one of these; the form is that of [`FakeDiscord::answer`].
    ///
    /// # Panics
    ///
    /// If the pattern has not that form.
    ///
    /// [`FakeDiscord::answer`]: crate::discord::FakeDiscord::answer
    #[must_use]
    pub fn is(&self, pattern: &str) -> bool {
        super::Pattern::new(pattern).matches(&self.method, &self.path)
    }
}

/// The JSON of a body: all of it, or the part of a form that is named `payload_json`.
pub(super) fn json(body: &[u8]) -> Value {
    if let Ok(value) = serde_json::from_slice(body) {
        return value;
    }
    let text = String::from_utf8_lossy(body);
    let Some((_, part)) = text.split_once("name=\"payload_json\"") else { return Value::Null };
    let Some((_, part)) = part.split_once("\r\n\r\n") else { return Value::Null };
    let end = part.find("\r\n--").unwrap_or(part.len());
    serde_json::from_str(&part[..end]).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::json as of;

    #[test]
    fn the_json_of_a_form_is_its_payload() {
        let form = "--x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a\"\r\n\r\n\
            {\"no\": 1}\r\n--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\
            Content-Type: application/json\r\n\r\n{\"content\": \"hi\"}\r\n--x--\r\n";
        assert_eq!(of(form.as_bytes()), json!({ "content": "hi" }));
        assert_eq!(of(br#"{"a": 1}"#), json!({ "a": 1 }));
        assert_eq!(of(b""), json!(null));
    }
}
