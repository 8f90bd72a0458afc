//! Wishes: joined, told, bounded, and forgotten.

use entity::Timestamp;

use super::*;
use crate::db::Storage;
use crate::domain::core::id::PublicId;

fn spec(width: u32) -> Spec {
    format!("{width}x1.webp").parse().expect("a rendition")
}

fn object() -> MediaObjectId {
    MediaObjectId::generate(Timestamp(0))
}

#[test]
fn what_is_asked_for_twice_is_one_wish_and_both_are_told() {
    let (renditions, object) = (Renditions::default(), object());
    let mut first = renditions.ask(object, spec(1)).expect("room");
    let mut second = renditions.ask(object, spec(1)).expect("room");
    let other = renditions.ask(object, spec(2)).expect("room");
    assert_eq!([first.is_first, second.is_first, other.is_first], [true, false, false]);
    assert_eq!((renditions.of(object), renditions.waiting()), (vec![spec(1), spec(2)], 3));
    renditions.tell(object, spec(1), &Ok(Outcome::Gone));
    for asked in [&mut first, &mut second] {
        assert_eq!(asked.told.try_recv(), Ok(Ok(Outcome::Gone)));
    }
    assert_eq!(renditions.of(object), [spec(2)]);
}

#[test]
fn the_queue_has_an_end_and_who_waits_already_may_go_on() {
    let (renditions, many, other) = (Renditions::default(), object(), object());
    for width in 1..=256 {
        renditions.ask(many, spec(width)).expect("room");
    }
    assert_eq!(renditions.ask(other, spec(1)).err(), Some(Trouble::Busy));
    assert!(renditions.ask(many, spec(256)).is_ok(), "that one is made anyway");
    renditions.tell(many, spec(1), &Ok(Outcome::Gone));
    assert!(renditions.ask(other, spec(1)).expect("room").is_first);
}

#[test]
fn work_that_ends_in_the_middle_leaves_nothing_behind() {
    let (renditions, object) = (Renditions::default(), object());
    let mut asked = renditions.ask(object, spec(1)).expect("room");
    drop(Work { renditions: &renditions, object, is_done: false });
    assert!(asked.told.try_recv().is_err(), "who waits learns of it");
    assert!(renditions.ask(object, spec(1)).expect("room").is_first);
    assert_eq!(renditions.wanted().count, 1);
}

#[test]
fn what_passes_is_told_as_something_that_passes() {
    let passing =
        [Error::Unavailable, Error::TimedOut, Error::CannotWrite(Storage::Full), Error::Unconfirmed];
    for error in passing {
        let name = error.to_string();
        assert!(matches!(Trouble::from(error), Trouble::Later(_)), "{name}");
    }
    assert!(
        matches!(Trouble::from(Error::KeyReused), Trouble::Fault(_)),
        "nothing that a reader could wait for"
    );
}
