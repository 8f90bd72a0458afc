//! What jobs there are. A row keeps the name with its version and the arguments as JSON: ids and numbers, never private
//! text, because rows are read by people who look for a fault.

use entity::{AccountId, QuestionId, ScheduleId, Timestamp, UploadId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// Why a member of the team is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// An owner made an account for them.
    Invitation { by: AccountId },
    /// Somebody asked for another password.
    Reset,
    /// Their password was changed at this moment.
    PasswordChanged { at: Timestamp },
}

/// Why a reader is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A post that answers the question is public.
    Answered,
    /// The team wrote something that is for this reader alone.
    Reply,
}

/// What a job has to do with. Each kind has hands of its own, so that none waits for what another one waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What has to happen on time.
    Schedule,
    /// What waits for a mail server.
    Email,
    /// What waits for a store and for images.
    Upload,
    /// What has all night.
    Nightly,
}

impl Kind {
    /// In the order in which they are looked for.
    pub const ALL: [Self; 4] = [Self::Schedule, Self::Upload, Self::Email, Self::Nightly];

    /// The names of its jobs. One that is named nowhere is left to the version that knows it.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Schedule => &["schedule.v1"],
            Self::Email => &["letter.v1", "question_news.v1"],
            Self::Upload => &["promote.v1"],
            Self::Nightly => &["collect.v1", "expire.v1"],
        }
    }

    /// How many of them a process does at once, of the setting `workers`.
    pub fn workers(self, setting: usize) -> usize {
        match self {
            Self::Schedule => setting,
            Self::Email | Self::Upload => (setting / 2).max(1),
            Self::Nightly => 1,
        }
    }
}

impl Task {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Schedule { .. } => Kind::Schedule,
            Self::Letter { .. } | Self::QuestionNews { .. } => Kind::Email,
            Self::Promote { .. } => Kind::Upload,
            Self::Collect {} | Self::Expire {} => Kind::Nightly,
        }
    }

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
    fn the_name_of_each_task_is_among_those_of_its_kind() {
        let uuid = uuid::Uuid::from_u128(7);
        let tasks = [
            Task::Schedule { schedule: ScheduleId(uuid) },
            Task::Letter {
                to: AccountId(uuid),
                occasion: Occasion::PasswordChanged { at: entity::Timestamp(0) },
            },
            Task::Promote { upload: UploadId(uuid) },
            Task::Collect {},
            Task::QuestionNews { question: QuestionId(uuid), news: News::Answered },
            Task::Expire {},
        ];
        for task in &tasks {
            let (name, _) = task.encode();
            assert!(task.kind().names().contains(&name.as_str()), "{name}");
        }
        assert_eq!(Kind::ALL.iter().map(|kind| kind.names().len()).sum::<usize>(), tasks.len());
    }

    #[test]
    fn what_is_not_known_is_told_by_its_name() {
        for (name, arguments) in [("bake.v1", json!({})), ("schedule.v1", json!({ "schedule": 7 }))] {
            let told = Task::decode(name, &arguments).expect_err("no such job");
            assert!(told.contains(name), "{told}");
        }
    }
}
