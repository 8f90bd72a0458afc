//! What documents must be like after every change: pure, small, and independent of the program.

/// What an editor asks for, with everything decided that the server will see.
#[derive(Debug, Clone)]
pub struct Change {
    pub document: usize,
    pub expected_revision: Option<usize>,
    pub action: Action,
}

#[derive(Debug, Clone)]
pub enum Action {
    Save(Content),
    Publish(Option<usize>),
    Unpublish,
    Trash,
    Restore,
    RestoreRevision(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub title: String,
    pub slug: String,
    pub body: String,
}

/// One document. Revisions are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub revisions: Vec<Content>,
    pub live: Option<usize>,
    pub trashed: bool,
    /// Slugs under which it was ever public.
    pub public_slugs: Vec<String>,
}

impl Document {
    pub fn new(content: Content) -> Self {
        Self { revisions: vec![content], live: None, trashed: false, public_slugs: Vec::new() }
    }

    pub fn head(&self) -> usize {
        self.revisions.len()
    }

    pub fn state(&self) -> &'static str {
        match self.live {
            _ if self.trashed => "TRASHED",
            None => "DRAFT",
            Some(live) if live == self.head() => "PUBLISHED",
            Some(_) => "CHANGED",
        }
    }

    /// What everybody may read.
    pub fn public(&self) -> Option<&Content> {
        self.live.map(|number| &self.revisions[number - 1])
    }

    /// Carries a change out, or answers the code of its refusal and leaves everything as it was.
    fn apply(&mut self, change: &Change) -> Result<(), &'static str> {
        if change.expected_revision.is_some_and(|expected| expected != self.head()) {
            return Err("CONFLICT");
        }
        let is_restore = matches!(change.action, Action::Restore);
        if self.trashed != is_restore {
            return Err("INVALID_TRANSITION");
        }
        match &change.action {
            Action::Save(content) => self.append(content.clone()),
            Action::RestoreRevision(number) => {
                let content = self.revision(*number)?.clone();
                self.append(content);
            }
            Action::Publish(number) => {
                let number = number.unwrap_or(self.head());
                let slug = self.revision(number)?.slug.clone();
                if !self.public_slugs.contains(&slug) {
                    self.public_slugs.push(slug);
                }
                self.live = Some(number);
            }
            Action::Unpublish if self.live.is_none() => return Err("INVALID_TRANSITION"),
            Action::Unpublish => self.live = None,
            Action::Trash => (self.live, self.trashed) = (None, true),
            Action::Restore => self.trashed = false,
        }
        Ok(())
    }

    fn append(&mut self, content: Content) {
        if self.revisions.last() != Some(&content) {
            self.revisions.push(content);
        }
    }

    fn revision(&self, number: usize) -> Result<&Content, &'static str> {
        number.checked_sub(1).and_then(|index| self.revisions.get(index)).ok_or("NOT_FOUND")
    }
}

pub type Reply = Result<(), &'static str>;

/// The documents of one case.
pub type Site = Vec<Document>;

/// One way in which some changes may have happened: what each was answered, and the site before and after each.
#[derive(Debug, Clone)]
pub struct History {
    pub replies: Vec<Reply>,
    pub sites: Vec<Site>,
}

impl History {
    pub fn end(&self) -> &Site {
        self.sites.last().expect("it begins with a site")
    }
}

/// Every order in which changes that were asked for at once may have been carried out; replies are as they were asked.
pub fn histories(site: &Site, changes: &[Change]) -> Vec<History> {
    let orders: &[&[usize]] = match changes.len() {
        1 => &[&[0]],
        _ => &[&[0, 1], &[1, 0]],
    };
    let happen = |order: &&[usize]| {
        let mut history = History { replies: vec![Ok(()); changes.len()], sites: vec![site.clone()] };
        for &index in *order {
            let mut site = history.end().clone();
            history.replies[index] = site[changes[index].document].apply(&changes[index]);
            history.sites.push(site);
        }
        history
    };
    orders.iter().map(happen).collect()
}
