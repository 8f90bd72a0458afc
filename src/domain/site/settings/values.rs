//! The settings as they are stored.

use serde::{Deserialize, Serialize};

use super::preview_url::PreviewUrls;
use super::rules::{QuestionRules, RoutineRules};
use crate::domain::site::pattern::Pattern;

/// Stored as JSON; a field that is missing has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub title: String,
    pub tagline: Option<String>,
    pub about: Option<String>,
    /// Where the frontend is, without a slash at the end.
    pub base_url: Option<String>,
    /// The first one is the default.
    pub locales: Vec<String>,
    /// An IANA name.
    pub time_zone: String,
    pub disclaimer: Option<String>,
    pub post_path: Pattern,
    pub page_path: Pattern,
    pub routine_path: Pattern,
    pub menus: Vec<Menu>,
    pub preview_urls: PreviewUrls,
    pub routines: RoutineRules,
    pub questions: QuestionRules,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    pub name: String,
    pub items: Vec<MenuItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    pub label: String,
    /// A path on the site or an absolute URL.
    pub url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            title: "Untitled site".to_owned(),
            tagline: None,
            about: None,
            base_url: None,
            locales: vec!["en".to_owned()],
            time_zone: "UTC".to_owned(),
            disclaimer: None,
            post_path: Pattern::new("/posts/{slug}").expect("a good pattern"),
            page_path: Pattern::new("/{slug}").expect("a good pattern"),
            routine_path: Pattern::new("/routines/{slug}").expect("a good pattern"),
            menus: Vec::new(),
            preview_urls: PreviewUrls::default(),
            routines: RoutineRules::default(),
            questions: QuestionRules::default(),
        }
    }
}

impl Settings {
    pub fn default_locale(&self) -> &str {
        self.locales.first().map_or("en", String::as_str)
    }
}
