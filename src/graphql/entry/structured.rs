//! Structured data (<https://schema.org>) of every kind of entry: what all have, and what questions and routines add.

use std::sync::Arc;

use async_graphql::Context;
use entity::Kind;
use serde_json::{Value, json};

use super::EntryNode;
use crate::domain::core::time;
use crate::graphql::asset::social_url;
use crate::graphql::error::Result;
use crate::graphql::{ctx, question, routine};

impl EntryNode {
    /// JSON text that is safe inside a `script` element. What is not known is left out.
    pub fn structured(self: &Arc<Self>, context: &Context<'_>) -> Result<String> {
        let row = self.row();
        let kind = match row.kind {
            Kind::Post => "BlogPosting",
            Kind::Page => "WebPage",
            Kind::Routine => "ExercisePlan",
        };
        let mut data = json!({
            "@context": "https://schema.org",
            "@type": kind,
            "headline": row.title,
            "url": self.site_url(),
            "inLanguage": row.locale,
            "datePublished": time::format(row.published_at),
            "dateModified": time::format(row.updated_at),
        });
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                data[name] = value;
            }
        };
        put("description", row.seo_description.as_ref().or(row.excerpt.as_ref()).map(|text| json!(text)));
        put("author", self.author_name().map(|name| json!({ "@type": "Person", "name": name })));
        put("image", self.cover()?.and_then(|cover| social_url(context, &cover)).map(Value::from));
        put("wordCount", (row.kind == Kind::Post).then(|| row.word_count.into()));
        question::add_structured(self, &mut data);
        routine::add_structured(self, context, &mut data)?;
        let text = data.to_string().replace('<', "\\u003c");
        ctx(context).answer_text(text.len())?;
        Ok(text)
    }
}
