//! REST: what is answered, and what was asked.

mod answer;
mod pattern;
mod request;
mod serve;
mod usual;

use std::collections::VecDeque;

pub use self::answer::Answer;
pub use self::request::Request;

pub(super) use self::pattern::Pattern;
pub(super) use self::serve::answer;

/// The scripted answers, and the record of all requests.
#[derive(Debug, Default)]
pub(super) struct Rest {
    script: Vec<Scripted>,
    requests: Vec<Request>,
}

/// The answers of one call of the script.
#[derive(Debug)]
struct Scripted {
    pattern: Pattern,
    answers: Answers,
}

#[derive(Debug)]
enum Answers {
    /// Each is given once.
    Once(VecDeque<Answer>),
    Always(Answer),
}

impl Rest {
    pub(super) fn script_once(&mut self, pattern: Pattern, answers: VecDeque<Answer>) {
        self.script.push(Scripted { pattern, answers: Answers::Once(answers) });
    }

    pub(super) fn script_always(&mut self, pattern: Pattern, answer: Answer) {
        self.script.push(Scripted { pattern, answers: Answers::Always(answer) });
    }

    pub(super) fn clear_script(&mut self) {
        self.script.clear();
    }

    /// The answer to a request: what is to be given once, first scripted first; then what is always given,
    /// last scripted first.
    fn take(&mut self, method: &str, path: &str) -> Option<Answer> {
        let mut script = self.script.iter_mut().filter(|it| it.pattern.matches(method, path));
        let once = script.find_map(|it| match &mut it.answers {
            Answers::Once(answers) => answers.pop_front(),
            Answers::Always(_) => None,
        });
        self.script.retain(|it| !matches!(&it.answers, Answers::Once(left) if left.is_empty()));
        once.or_else(|| {
            let mut script = self.script.iter().rev();
            script.find_map(|it| match &it.answers {
                Answers::Always(answer) if it.pattern.matches(method, path) => Some(answer.clone()),
                _ => None,
            })
        })
    }

    pub(super) fn forget_requests(&mut self) {
        self.requests.clear();
    }

    pub(super) fn requests(&self) -> &[Request] {
        &self.requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_goes_before_always_and_the_last_always_holds() {
        let mut rest = Rest::default();
        let pattern = || Pattern::new("GET /a");
        let statuses = |rest: &mut Rest| -> Vec<_> {
            (0..4).map(|_| rest.take("GET", "/a").map(|answer| answer.status_or(200))).collect()
        };
        rest.script_always(pattern(), Answer::error(500));
        rest.script_once(pattern(), [Answer::error(403), Answer::error(404)].into());
        rest.script_always(pattern(), Answer::error(502));
        rest.script_once(pattern(), [Answer::error(401)].into());
        assert_eq!(statuses(&mut rest), [Some(403), Some(404), Some(401), Some(502)]);
        assert_eq!(rest.script.len(), 2, "what was given once is forgotten");
        rest.clear_script();
        assert_eq!(statuses(&mut rest), [None; 4]);
    }
}
