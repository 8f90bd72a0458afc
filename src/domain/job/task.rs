//! What jobs there are. A row keeps the name with its version and the arguments as JSON: ids and numbers, never private
//! text, because rows are read by people who look for a fault.

use entity::{AccountId, QuestionId, ScheduleId, UploadId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::account::letter::Occasion;
use crate::domain::question::tell::News;

/// One kind of work, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "arguments")]
pub enum Task {
    /// Publishes or unpublishes what was scheduled.
    #[serde(rename = "schedule.v1")]
    Schedule { schedule: ScheduleId },
    /// Writes to a member of the team.
    #[serde(rename = "letter.v1")]
    Letter { to: AccountId, occasion: Occasion },
    /// Looks at a file that was uploaded, and stores it if it is good.
    #[serde(rename = "promote.v1")]
    Promote { upload: UploadId },
    /// Removes what nobody needs from the store, and tells what is missing there. Asks for itself every night.
    #[serde(rename = "collect.v1")]
    Collect {},
    /// Tells a reader that there is something new about the own question.
    #[serde(rename = "question_news.v1")]
    QuestionNews { question: QuestionId, news: News },
    /// Destroys originals of questions whose time is over, and what was erased and is back. Asks for itself every night.
    #[serde(rename = "expire.v1")]
    Expire {},
}

impl Task {
    /// Name and arguments, as they are stored.
    pub(super) fn encode(&self) -> (String, Value) {
        let mut stored = serde_json::to_value(self).expect("plain data");
        let name = stored["name"].as_str().expect("an enum with a tag").to_owned();
        (name, stored["arguments"].take())
    }

    /// Reads what was stored, perhaps by another version of the program.
    pub(super) fn decode(name: &str, arguments: &Value) -> Result<Self, String> {
        serde_json::from_value(json!({ "name": name, "arguments": arguments })).map_err(|_| {
            format!("this version of the program does not know a job {name} with such arguments")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_reads_back_under_its_name() {
        let task = Task::Schedule { schedule: ScheduleId(uuid::Uuid::from_u128(7)) };
        let (name, arguments) = task.encode();
        assert_eq!(name, "schedule.v1");
        assert_eq!(arguments, json!({ "schedule": "00000000-0000-0000-0000-000000000007" }));
        assert_eq!(Task::decode(&name, &arguments), Ok(task));
    }

    #[test]
    fn what_is_not_known_is_told_by_its_name() {
        for (name, arguments) in [("bake.v1", json!({})), ("schedule.v1", json!({ "schedule": 7 }))] {
            let told = Task::decode(name, &arguments).expect_err("no such job");
            assert!(told.contains(name), "{told}");
        }
    }
}
