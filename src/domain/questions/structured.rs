//! Questions as structured data (<https://schema.org/Question>), inside of the post that answers them.

use entity::question;
use serde_json::{Value, json};

/// What is said of the post.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub text: &'a str,
    pub url: &'a str,
    /// RFC 3339.
    pub published_at: &'a str,
    pub author: Option<&'a str>,
}

/// A question, with the post as its accepted answer.
pub fn structured(question: &question::Model, answer: Answer<'_>) -> Value {
    let person = |name: &str| json!({ "@type": "Person", "name": name });
    let mut accepted = json!({
        "@type": "Answer",
        "text": answer.text,
        "url": answer.url,
        "datePublished": answer.published_at,
    });
    if let Some(name) = answer.author {
        accepted["author"] = person(name);
    }
    let mut data = json!({
        "@type": "Question",
        "name": question.text,
        "text": question.text,
        "inLanguage": question.locale,
        "dateCreated": question.asked_month,
        "answerCount": 1,
        "acceptedAnswer": accepted,
    });
    if let Some(name) = &question.display_name {
        data["author"] = person(name);
    }
    data
}

#[cfg(test)]
mod tests {
    use entity::{QuestionId, TagIds, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::domain::vocabulary;

    #[test]
    fn a_question_inside_of_its_answer_has_the_terms_of_schema_org() {
        let question = question::Model {
            id: QuestionId(Uuid::from_u128(7)),
            locale: "en".to_owned(),
            text: "Stairs are too much for me. Where do I begin?".to_owned(),
            display_name: Some("Antje".to_owned()),
            call_id: None,
            asked_month: "2026-11".to_owned(),
            tag_ids: TagIds::default(),
            me_too: 3,
            published_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        let url = "https://steady.example/posts/weak-legs";
        let answer = Answer {
            text: "With a chair.",
            url,
            published_at: "2026-11-23T09:00:00Z",
            author: Some("Nerys"),
        };
        let found = structured(&question, answer);
        let expected = json!({
            "@type": "Question", "name": question.text, "text": question.text, "inLanguage": "en",
            "dateCreated": "2026-11", "answerCount": 1, "author": { "@type": "Person", "name": "Antje" },
            "acceptedAnswer": { "@type": "Answer", "text": "With a chair.", "url": url,
                "datePublished": "2026-11-23T09:00:00Z", "author": { "@type": "Person", "name": "Nerys" } },
        });
        assert_eq!(found, expected);
        assert_eq!(vocabulary::faults(&json!({ "@type": "BlogPosting", "mainEntity": [found] })), [""; 0]);
        let nameless = question::Model { display_name: None, ..question };
        let found = structured(&nameless, Answer { author: None, ..answer });
        assert_eq!((found.get("author"), found["acceptedAnswer"].get("author")), (None, None));
        assert_eq!(vocabulary::faults(&found), [""; 0]);
    }
}
