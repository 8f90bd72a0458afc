//! The folder under bad conditions: races, dead writers, damaged files, a full disk.

use std::process::Command;

use futures_util::StreamExt as _;

use super::*;
use crate::store::StoreError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_first_writers_exactly_one_wins() {
    let house = House::open().await;
    // A second server on the same folder: nothing in memory is shared between the two.
    let second = open_embedded(house.root.path(), "http://cms.example", Durability::Volatile);
    for round in 0..20 {
        let key = format!("race/{round}");
        let writers = (0..8_u8).map(|n| {
            let (store, key) = (if n % 2 == 0 { house.store.clone() } else { second.clone() }, key.clone());
            tokio::spawn(async move {
                store
                    .put(&key, Source::Bytes(Bytes::from(vec![n; 9])), &text(), Condition::IfAbsent)
                    .await
                    .is_ok()
            })
        });
        let results = futures_util::future::join_all(writers).await;
        let winners: Vec<usize> = (0..8).filter(|n| *results[*n].as_ref().unwrap()).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(read(&second, &key).await.unwrap(), vec![u8::try_from(winners[0]).unwrap(); 9]);
    }
    assert_eq!(house.files().len(), 20);
}

#[tokio::test]
async fn a_reader_sees_the_whole_old_object() {
    let house = House::open().await;
    let old = noise(2_000_000, 1);
    house.store.put("film", Source::Bytes(old.clone()), &text(), Condition::None).await.unwrap();
    let mut reading = house.store.get("film", None).await.unwrap().unwrap();
    let first = reading.body.next().await.unwrap().unwrap();
    put(&house.store, "film", b"new").await;
    assert_eq!(read(&house.store, "film").await.unwrap(), "new");
    house.store.delete("film").await.unwrap();
    let rest = reading.body.collect(u64::MAX).await.unwrap();
    assert!([first, rest].concat() == old);
}

#[tokio::test]
async fn a_sweep_takes_only_what_nobody_writes() {
    let house = House::open().await;
    put(&house.store, "kept", b"x").await;
    let tmp = house.root.path().join("tmp");
    std::fs::write(tmp.join("dead"), b"half an object").unwrap();
    std::fs::create_dir(tmp.join("gone")).unwrap();
    std::fs::write(tmp.join("gone/00001"), b"part").unwrap();
    std::fs::create_dir(house.root.path().join("uploads/empty")).unwrap();
    let alive = std::fs::File::create(tmp.join("alive")).unwrap();
    alive.lock().unwrap();
    let folder = house.store.folder().unwrap();
    assert_eq!(folder.sweep().unwrap(), 3);
    assert_eq!(house.files().len(), 2);
    assert!(tmp.join("alive").exists());
    drop(alive);
    // The next one to open the folder does the rest.
    open_embedded(house.root.path(), "http://cms.example", Durability::Volatile);
    assert_eq!(house.files().len(), 1);
    assert_eq!(read(&house.store, "kept").await.unwrap(), "x");
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_never_wrong_bytes() {
    let house = House::open().await;
    put(&house.store, "a/x", b"the bytes").await;
    let path = house.files().remove(0);
    let good = std::fs::read(&path).unwrap();
    let length = good.len();
    let mut flipped = good.clone();
    flipped[length - 30] ^= 1;
    let mut huge = good.clone();
    huge[length - 20..length - 16].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut long = good.clone();
    long[length - 20..length - 16].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
    let damaged = [
        good[..length - 1].to_vec(),
        good[..length / 2].to_vec(),
        good[1..].to_vec(),
        [&good[..4], b"more", &good[4..]].concat(),
        vec![],
        b"foreign".to_vec(),
        flipped,
        huge,
        long,
    ];
    for bytes in damaged {
        std::fs::write(&path, &bytes).unwrap();
        let answer = house.store.get("a/x", None).await.err();
        assert!(matches!(answer, Some(StoreError::Internal { .. })), "{answer:?}");
        assert_eq!(keys(&house.store, "").await, Vec::<String>::new());
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(read(&house.store, "a/x").await.unwrap(), "the bytes");
    // Another object's file under this name.
    put(&house.store, "a/y", b"other bytes").await;
    let other = house.files().into_iter().find(|file| *file != path).unwrap();
    std::fs::copy(other, &path).unwrap();
    assert!(matches!(house.store.get("a/x", None).await.err(), Some(StoreError::Internal { .. })));
    // And it can be written anew.
    put(&house.store, "a/x", b"again").await;
    assert_eq!(read(&house.store, "a/x").await.unwrap(), "again");
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_nothing() {
    let house = House::open().await;
    let waiting = std::sync::Arc::new(tokio::sync::Notify::new());
    let stalls = waiting.clone();
    let chunks = futures_util::stream::unfold((0_u32, stalls), |(n, stalls)| async move {
        if n == 20 {
            stalls.notify_one();
            return futures_util::future::pending().await;
        }
        Some((
            Ok::<_, std::io::Error>(hyper::body::Frame::data(Bytes::from(vec![1; 50_000]))),
            (n + 1, stalls),
        ))
    });
    let body = http_body_util::StreamBody::new(chunks);
    let body = aws_smithy_types::body::SdkBody::from_body_1_x(body);
    let put = house.store.client().put_object().bucket(BUCKET).key("half").content_length(2_000_000);
    let put = put.body(aws_sdk_s3::primitives::ByteStream::new(body)).send();
    tokio::select! {
        _ = put => panic!("the body never ends"),
        () = waiting.notified() => {}
    }
    house.settled(0).await;
}

/// A small file system of its own; needs the right to mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "none"]).arg(dir.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        #[expect(clippy::print_stderr, reason = "a skipped story must be seen")]
        {
            eprintln!("SKIPPED: a_full_disk_is_said_and_leaves_nothing needs the right to mount a tmpfs");
        }
        return;
    };
    let store = open_embedded(disk.0.path(), "http://cms.example", Durability::Durable);
    put(&store, "small", b"x").await;
    let large = || Source::Bytes(noise(4_000_000, 1));
    for _ in 0..2 {
        let full = store.put("large", large(), &text(), Condition::None).await;
        assert_eq!(full, Err(StoreError::Full));
        assert_eq!(files(disk.0.path()).len(), 1);
    }
    put(&store, "small", b"still room for this").await;
    assert_eq!(read(&store, "small").await.unwrap(), "still room for this");
}
