//! Measurements, by hand: `cargo test --release -- --ignored --nocapture figures`.

use std::time::Instant;

use super::*;

#[expect(clippy::print_stderr, reason = "the figures are the point")]
fn tell(what: &str, count: u32, start: Instant) {
    eprintln!("{what}: {} µs each", start.elapsed().as_micros() / u128::from(count));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn figures() {
    let house = House::with(Checksums::WhenRequired, Durability::Durable).await;
    let body = noise(64 * 1024, 1);
    for (name, store) in [("in process", &house.store), ("over http", &house.over_http)] {
        let start = Instant::now();
        for n in 0..200 {
            let source = Source::Bytes(body.clone());
            store.put(&format!("post/{n}"), source, &text(), Condition::None).await.unwrap();
        }
        tell(&format!("put 64 KiB durable, {name}"), 200, start);
        let start = Instant::now();
        for n in 0..2_000 {
            assert_eq!(read(store, &format!("post/{}", n % 200)).await.unwrap().len(), body.len());
        }
        tell(&format!("get 64 KiB, {name}"), 2_000, start);
    }
    let volatile = House::with(Checksums::WhenRequired, Durability::Volatile).await;
    let start = Instant::now();
    for n in 0..10_000 {
        put(&volatile.store, &format!("post/{n}"), b"x").await;
    }
    tell("put 1 B volatile, in process", 10_000, start);
    let start = Instant::now();
    for _ in 0..5 {
        assert_eq!(volatile.store.list("post/", None, 100).await.unwrap().objects.len(), 100);
    }
    tell("list a page of 100 of 10,000", 5, start);

    let start = Instant::now();
    for n in 0..2_000 {
        let key = format!("post/{}", n % 200);
        std::hint::black_box(house.store.head(&key).await.unwrap().unwrap());
    }
    tell("head, in process", 2_000, start);
    let before = memory();
    let start = Instant::now();
    let block = noise(1024 * 1024, 3);
    let uploads = (0..20).map(|n| {
        let (store, block) = (house.store.clone(), block.clone());
        tokio::spawn(async move {
            let size = 100 << 20;
            let signed = store
                .presign_part(&format!("big/{n}"), "x", 1, size, std::time::Duration::from_mins(10))
                .await;
            drop(signed);
            let request = store.inner.presigner.put_object().bucket(BUCKET).key(format!("big/{n}"));
            let config =
                aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_mins(10));
            let url = request.presigned(config.unwrap()).await.unwrap().uri().to_owned();
            let rest = url.strip_prefix("http://").unwrap();
            let (host, path) = rest.split_once('/').unwrap();
            let mut stream = TcpStream::connect(host).await.unwrap();
            let head = format!(
                "PUT /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            for _ in 0..100 {
                stream.write_all(&block).await.unwrap();
            }
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        })
    });
    for upload in futures_util::future::join_all(uploads).await {
        upload.unwrap();
    }
    tell("20 parallel uploads of 100 MiB over loopback, each", 20, start);
    #[expect(clippy::print_stderr, reason = "the figures are the point")]
    {
        eprintln!("memory: {before} kB before, peak {} kB", memory());
    }
}

/// Peak resident memory so far, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
