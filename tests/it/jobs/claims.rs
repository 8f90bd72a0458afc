//! Taking, finishing and losing jobs, as workers do it.

use entity::{ScheduleId, Timestamp};
use wellspring::domain::core::id::PublicId;
use wellspring::domain::job::{self, Claim, Enqueued, JobError, Kind, NewJob, Task};
use wellspring::jobs::Ended;

use crate::app::{Backend, TestApp, stories};
use crate::jobs::unknown_job;

stories![
    a_job_is_there_once_its_transaction_is_committed_and_not_before,
    a_key_holds_one_job_that_waits_or_runs,
    jobs_are_taken_when_they_are_due_and_in_their_order,
    a_lane_does_one_job_at_a_time_and_keeps_its_order,
    who_slept_past_his_lease_cannot_finish,
    a_job_that_was_cancelled_cannot_be_finished,
    a_heartbeat_keeps_a_job_and_giving_it_back_frees_it,
    a_lease_from_before_a_jump_of_the_clock_does_not_hold_a_job_for_long,
    a_job_that_takes_every_worker_down_dies,
    two_transactions_never_take_the_same_job,
];

const LEASE: i64 = 60_000;
const HOUR: i64 = 60 * 60 * 1000;

/// A job that has nothing to do, because its schedule does not exist.
fn idle(at: Timestamp) -> NewJob {
    let task = Task::Schedule { schedule: ScheduleId::generate(at) };
    NewJob { task, run_at: at, key: None, lane: None }
}

async fn enqueue(app: &TestApp, job: NewJob) -> Enqueued {
    let tx = app.app.db.begin().await.expect("a transaction");
    let enqueued = job::enqueue(&tx, app.app.clock.now(), job).await.expect("enqueued");
    tx.commit().await.expect("a commit");
    enqueued
}

async fn take(app: &TestApp, limit: u64) -> Vec<Claim> {
    let tx = app.app.db.begin().await.expect("a transaction");
    let claims =
        job::claim::claim(&tx, "story", app.app.clock.now(), LEASE, &Kind::ALL, limit).await.expect("claims");
    tx.commit().await.expect("a commit");
    claims
}

async fn finish(app: &TestApp, claim: &Claim) -> Result<(), JobError> {
    let tx = app.app.db.begin().await?;
    let _finished = job::finish(&tx, claim).await?;
    Ok(tx.commit().await?)
}

async fn a_job_is_there_once_its_transaction_is_committed_and_not_before(app: TestApp) {
    let now = app.app.clock.now();
    let tx = app.app.db.begin().await.expect("a transaction");
    job::enqueue(&tx, now, idle(now)).await.expect("enqueued");
    tx.rollback().await;
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(enqueue(&app, idle(now)).await, Enqueued::New);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(app.run_jobs().await, 0);
}

async fn a_key_holds_one_job_that_waits_or_runs(app: TestApp) {
    let now = app.app.clock.now();
    let keyed = || NewJob { key: Some("one".to_owned()), ..idle(now) };
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::New);
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::Known);
    let running = take(&app, 10).await;
    assert_eq!(running.len(), 1);
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::Known);
    finish(&app, &running[0]).await.expect("finished");
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::New);
    assert_eq!(app.run_jobs().await, 1);
    // A dead one gives its key free.
    unknown_job(&app, Some("one")).await;
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::Known);
    assert_eq!(app.try_jobs().await.len(), 1);
    assert_eq!(enqueue(&app, keyed()).await, Enqueued::New);
    assert_eq!(app.run_jobs().await, 1);
}

async fn jobs_are_taken_when_they_are_due_and_in_their_order(app: TestApp) {
    let now = app.app.clock.now();
    for offset in [3_000, 1_000, 2_000, 2_000] {
        enqueue(&app, idle(Timestamp(now.0 + offset))).await;
    }
    app.advance(999);
    assert!(take(&app, 10).await.is_empty());
    app.advance(1);
    assert_eq!(take(&app, 10).await.len(), 1);
    app.advance(5_000);
    let rest = take(&app, 2).await;
    assert_eq!(rest.iter().map(|claim| claim.run_at.0 - now.0).collect::<Vec<_>>(), [2_000, 2_000]);
    let last = take(&app, 2).await;
    assert_eq!(last.iter().map(|claim| claim.run_at.0 - now.0).collect::<Vec<_>>(), [3_000]);
}

async fn a_lane_does_one_job_at_a_time_and_keeps_its_order(app: TestApp) {
    let now = app.app.clock.now();
    let in_lane = |offset| NewJob { lane: Some("legs".to_owned()), ..idle(Timestamp(now.0 + offset)) };
    for offset in [2, 1, 3] {
        enqueue(&app, in_lane(offset)).await;
    }
    enqueue(&app, idle(Timestamp(now.0 + 4))).await;
    app.advance(1_000);
    let first = take(&app, 10).await;
    assert_eq!(first.iter().map(|claim| claim.run_at.0 - now.0).collect::<Vec<_>>(), [1, 4]);
    assert!(take(&app, 10).await.is_empty());
    // One that fails keeps its place, and the lane waits for it.
    let tx = app.app.db.begin().await.expect("a transaction");
    let later = Timestamp(app.app.clock.now().0 + 5_000);
    job::fail(&tx, &first[0], "a story", later).await.expect("noted");
    tx.commit().await.expect("a commit");
    assert!(take(&app, 10).await.is_empty());
    app.advance(5_000);
    for expected in [1, 2, 3] {
        let next = take(&app, 10).await;
        assert_eq!(next.iter().map(|claim| claim.run_at.0 - now.0).collect::<Vec<_>>(), [expected]);
        finish(&app, &next[0]).await.expect("finished");
    }
}

async fn who_slept_past_his_lease_cannot_finish(app: TestApp) {
    enqueue(&app, idle(app.app.clock.now())).await;
    let slept = take(&app, 1).await.remove(0);
    app.advance(LEASE - 1);
    assert!(take(&app, 1).await.is_empty());
    app.advance(1);
    let owner = take(&app, 1).await.remove(0);
    assert!(matches!(finish(&app, &slept).await, Err(JobError::LeaseLost)));
    let tx = app.app.db.begin().await.expect("a transaction");
    let until = Timestamp(app.app.clock.now().0 + LEASE);
    assert!(matches!(job::extend(&tx, &slept, until).await, Err(JobError::LeaseLost)));
    assert!(matches!(job::die(&tx, &slept, until, "no").await, Err(JobError::LeaseLost)));
    tx.rollback().await;
    finish(&app, &owner).await.expect("the owner finishes");
    assert!(matches!(finish(&app, &owner).await, Err(JobError::LeaseLost)), "once");
}

async fn a_job_that_was_cancelled_cannot_be_finished(app: TestApp) {
    let keyed = NewJob { key: Some("one".to_owned()), ..idle(app.app.clock.now()) };
    enqueue(&app, keyed).await;
    let running = take(&app, 1).await.remove(0);
    let tx = app.app.db.begin().await.expect("a transaction");
    job::cancel(&tx, "one").await.expect("cancelled");
    tx.commit().await.expect("a commit");
    assert!(matches!(finish(&app, &running).await, Err(JobError::LeaseLost)));
    app.advance(LEASE);
    assert_eq!(app.run_jobs().await, 0);
}

async fn a_heartbeat_keeps_a_job_and_giving_it_back_frees_it(app: TestApp) {
    enqueue(&app, idle(app.app.clock.now())).await;
    let claim = take(&app, 1).await.remove(0);
    for _ in 0..10 {
        app.advance(20_000);
        let tx = app.app.db.begin().await.expect("a transaction");
        let until = Timestamp(app.app.clock.now().0 + LEASE);
        job::extend(&tx, &claim, until).await.expect("held");
        tx.commit().await.expect("a commit");
        assert!(take(&app, 1).await.is_empty());
    }
    let tx = app.app.db.begin().await.expect("a transaction");
    job::give_back(&tx, &claim, app.app.clock.now()).await.expect("given back");
    tx.commit().await.expect("a commit");
    let next = take(&app, 1).await.remove(0);
    assert_eq!(next.attempts, 1, "what was given back does not count");
    assert!(matches!(finish(&app, &claim).await, Err(JobError::LeaseLost)));
    finish(&app, &next).await.expect("finished");
}

async fn a_lease_from_before_a_jump_of_the_clock_does_not_hold_a_job_for_long(app: TestApp) {
    let due = Timestamp(app.app.clock.now().0 - 2 * HOUR);
    enqueue(&app, idle(due)).await;
    let dead = take(&app, 1).await.remove(0);
    // A little earlier is another machine's clock, an hour earlier is a clock that was set.
    app.advance(-LEASE);
    assert!(take(&app, 1).await.is_empty());
    app.advance(LEASE - HOUR);
    let owner = take(&app, 1).await.remove(0);
    assert!(matches!(finish(&app, &dead).await, Err(JobError::LeaseLost)));
    // Forward, every lease looks as if it had run out; the fencing number decides.
    app.advance(HOUR);
    let next = take(&app, 1).await.remove(0);
    assert!(matches!(finish(&app, &owner).await, Err(JobError::LeaseLost)));
    finish(&app, &next).await.expect("finished");
}

async fn a_job_that_takes_every_worker_down_dies(app: TestApp) {
    enqueue(&app, idle(app.app.clock.now())).await;
    for attempt in 1..=20 {
        assert_eq!(take(&app, 1).await[0].attempts, attempt);
        app.advance(LEASE);
    }
    let told = "the process that ran it ended each time before it was done".to_owned();
    assert_eq!(app.try_jobs().await, [Ended::Died(told)]);
    assert_eq!(app.run_jobs().await, 0);
}

async fn two_transactions_never_take_the_same_job(app: TestApp) {
    if app.backend == Backend::Sqlite {
        // One writer: the second transaction begins when the first has ended.
        return;
    }
    for _ in 0..6 {
        enqueue(&app, idle(app.app.clock.now())).await;
    }
    let now = app.app.clock.now();
    let one = app.app.db.begin().await.expect("a transaction");
    let two = app.app.db.begin().await.expect("a transaction");
    let first = job::claim::claim(&one, "one", now, LEASE, &Kind::ALL, 4).await.expect("claims");
    let second =
        job::claim::claim(&two, "two", now, LEASE, &Kind::ALL, 4).await.expect("claims, without waiting");
    one.commit().await.expect("a commit");
    two.commit().await.expect("a commit");
    let mut ids: Vec<_> = first.iter().chain(&second).map(|claim| claim.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((first.len(), second.len(), ids.len()), (4, 2, 6));
}
