//! What stands above a question on a page, in the language of the question where it is known here and in English elsewhere.

/// A label such as "Reader question", or "Question from Hildegard" for a reader who is shown under a name.
pub fn label(locale: &str, name: Option<&str>) -> String {
    let language = locale.split('-').next().unwrap_or_default();
    let (nameless, from) = match language {
        "de" => ("Leserfrage", "Frage von"),
        "es" => ("Pregunta de una lectora o un lector", "Pregunta de"),
        "fr" => ("Question posée par une personne qui nous lit", "Question de"),
        "it" => ("Domanda di chi ci legge", "Domanda di"),
        "nl" => ("Lezersvraag", "Vraag van"),
        "pt" => ("Pergunta de quem nos lê", "Pergunta de"),
        _ => ("Reader question", "Question from"),
    };
    name.map_or_else(|| nameless.to_owned(), |name| format!("{from} {name}"))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_label_speaks_the_language_of_the_question() {
        assert_eq!(label("en-GB", None), "Reader question");
        assert_eq!(label("de", Some("Hildegard")), "Frage von Hildegard");
        assert_eq!(label("cy", Some("Nerys")), "Question from Nerys");
    }
}
