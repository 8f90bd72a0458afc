//! Questions of readers: the rounds in which they are asked, what was sent in (sealed), and what the public reads of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, integer, string, string_len, string_len_null,
    string_null, text, text_null, uuid, uuid_null,
};

use crate::columns::sorted_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            call(),
            intake(),
            link(),
            note(),
            answering(),
            question(),
            tag(),
            answer(),
            me_too(),
            term(manager),
        ];
        for table in tables.into_iter().chain(beside()) {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("question_intake_by_time", "question_intake", &["received_at", "id"][..]),
            ("question_intake_by_state", "question_intake", &["state", "received_at", "id"]),
            ("question_intake_by_address", "question_intake", &["address_hash"]),
            ("question_intake_by_key", "question_intake", &["key_id"]),
            ("question_intake_by_target", "question_intake", &["merged_into"]),
            ("question_link_by_question", "question_link", &["question_id"]),
            ("question_note_by_question", "question_note", &["question_id", "created_at"]),
            ("question_answering_by_question", "question_answering", &["question_id"]),
            ("question_by_time", "question", &["published_at", "id"]),
            ("question_by_call", "question", &["call_id", "published_at", "id"]),
            ("question_tag_by_question", "question_tag", &["question_id"]),
            ("question_answer_by_question", "question_answer", &["question_id"]),
            // With the entry, so that those that share words are counted from the index alone.
            ("entry_term_by_term", "entry_term", &["term", "locale", "entry_id"]),
            ("used_token_by_end", "used_token", &["expires_at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// What belongs to a row goes with it.
fn with(
    name: &str,
    table: &'static str,
    column: &'static str,
    of: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, column)
        .to(of, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn call() -> TableCreateStatement {
    Table::create()
        .table("question_call")
        .col(uuid("id").primary_key())
        .col(string("slug").unique_key())
        .col(text("title"))
        .col(text_null("text"))
        .col(big_integer("opens_at"))
        .col(big_integer_null("closes_at"))
        .col(uuid_null("series_id"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .to_owned()
}

/// Rows stay when they are erased: without their words, they are what a backup must not bring back.
fn intake() -> TableCreateStatement {
    Table::create()
        .table("question_intake")
        .col(uuid("id").primary_key())
        .col(string_len("state", 16))
        .col(uuid_null("call_id"))
        .col(string("locale"))
        .col(big_integer("received_at"))
        .col(big_integer("changed_at"))
        .col(string_len_null("key_id", 16))
        .col(binary_null("wrapped_key"))
        .col(binary_null("sealed"))
        .col(binary_null("address_hash"))
        .col(uuid_null("assignee_id"))
        .col(string_len_null("decline_reason", 32))
        .col(uuid_null("merged_into"))
        .col(big_integer_null("told_at"))
        .col(big_integer_null("erased_at"))
        .to_owned()
}

fn link() -> TableCreateStatement {
    Table::create()
        .table("question_link")
        .col(binary("hash").primary_key())
        .col(uuid("question_id"))
        .col(big_integer("created_at"))
        .foreign_key(&mut with("question_link_question", "question_link", "question_id", "question_intake"))
        .to_owned()
}

fn note() -> TableCreateStatement {
    Table::create()
        .table("question_note")
        .col(uuid("id").primary_key())
        .col(uuid("question_id"))
        .col(uuid("account_id"))
        .col(binary("sealed"))
        .col(big_integer("created_at"))
        .foreign_key(&mut with("question_note_question", "question_note", "question_id", "question_intake"))
        .to_owned()
}

/// The team's side of `question_answer`: also for questions that are not public.
fn answering() -> TableCreateStatement {
    Table::create()
        .table("question_answering")
        .col(uuid("document_id"))
        .col(uuid("question_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("document_id").col("question_id"))
        .foreign_key(&mut with(
            "question_answering_document",
            "question_answering",
            "document_id",
            "document",
        ))
        .foreign_key(&mut with(
            "question_answering_question",
            "question_answering",
            "question_id",
            "question_intake",
        ))
        .to_owned()
}

fn question() -> TableCreateStatement {
    Table::create()
        .table("question")
        .col(uuid("id").primary_key())
        .col(string("locale"))
        .col(text("text"))
        .col(string_null("display_name"))
        .col(uuid_null("call_id"))
        .col(string_len("asked_month", 7))
        .col(text("tag_ids"))
        .col(big_integer("me_too"))
        .col(big_integer("published_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut with("question_intake", "question", "id", "question_intake"))
        .to_owned()
}

fn tag() -> TableCreateStatement {
    Table::create()
        .table("question_tag")
        .col(uuid("tag_id"))
        .col(uuid("question_id"))
        .primary_key(Index::create().col("tag_id").col("question_id"))
        .foreign_key(&mut with("question_tag_question", "question_tag", "question_id", "question"))
        .to_owned()
}

fn answer() -> TableCreateStatement {
    Table::create()
        .table("question_answer")
        .col(uuid("entry_id"))
        .col(uuid("question_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("entry_id").col("question_id"))
        .foreign_key(&mut with("question_answer_entry", "question_answer", "entry_id", "entry"))
        .foreign_key(&mut with("question_answer_question", "question_answer", "question_id", "question"))
        .to_owned()
}

fn me_too() -> TableCreateStatement {
    Table::create()
        .table("me_too")
        .col(uuid("question_id"))
        .col(binary("browser_hash"))
        .primary_key(Index::create().col("question_id").col("browser_hash"))
        .foreign_key(&mut with("me_too_question", "me_too", "question_id", "question_intake"))
        .to_owned()
}

fn term(manager: &SchemaManager<'_>) -> TableCreateStatement {
    Table::create()
        .table("entry_term")
        .col(uuid("entry_id"))
        .col(sorted_text(manager, "term"))
        .col(string("locale"))
        .primary_key(Index::create().col("entry_id").col("term"))
        .foreign_key(&mut with("entry_term_entry", "entry_term", "entry_id", "entry"))
        .to_owned()
}

/// What stands beside the questions.
fn beside() -> [TableCreateStatement; 3] {
    [
        Table::create()
            .table("reply_template")
            .col(uuid("id").primary_key())
            .col(text("title"))
            .col(text("text"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        Table::create()
            .table("used_token")
            .col(binary("hash").primary_key())
            .col(big_integer("expires_at"))
            .to_owned(),
        Table::create()
            .table("consent_wording")
            .col(integer("version").primary_key())
            .col(binary("hash"))
            .col(text("answer_privately"))
            .col(text("publish_paraphrase"))
            .col(big_integer("created_at"))
            .to_owned(),
    ]
}
