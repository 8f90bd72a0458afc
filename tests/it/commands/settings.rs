//! Where settings come from, and what is said about bad ones.

use std::path::Path;

use super::program::{command, outcome, run};
use crate::app::MASTER_KEY;

#[test]
fn all_bad_settings_are_listed_at_once_with_an_example_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = "port = 1\nlog_format = \"xml\"\nconsole = 3\nbase_url = \"\"\n";
    std::fs::write(folder.path().join("wellspring.toml"), file).expect("a file");
    let mut serve = command(folder.path(), &["serve", "--listen", "nonsense", "--max-connections", "0"]);
    serve.env("WELLSPRING_DATABASE_URL", "mysql://root:hunter2@db.internal/wellspring");
    serve.env("WELLSPRING_DATABASE_CONNECTIONS", "1000");
    let refused = outcome(&mut serve);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    let expected = [
        "wellspring: 8 setting(s) cannot be used:",
        "  - wellspring.toml: there is no setting port; there are listen, data_dir, database_url, \
            database_connections, base_url, master_key, lost_keys, s3_bucket, s3_endpoint, \
            s3_public_endpoint, s3_region, s3_access_key_id, s3_secret_access_key, s3_path_style, s3_checksums, \
            media_origins, media_max_megabytes, media_widths, media_memory, media_reserve_megabytes, smtp_url, smtp_ca, mail_from, console, max_connections, connections_per_address, request_memory, workers, job_lease, \
            metrics, rate_limit_requests, rate_limit_mutations, rate_limit_sign_ins, rate_limit_public_mutations, form_min_seconds, \
            form_max_hours, proof_of_work, \
            trusted_proxies, log, log_format",
        "  - --listen: \"nonsense\" is not an address and a port; for example 0.0.0.0:8080",
        "  - WELLSPRING_DATABASE_URL: the value is not a URL that starts with sqlite: (a file) or postgres:; \
            for example postgres://wellspring:secret@db.internal/wellspring",
        "  - WELLSPRING_DATABASE_CONNECTIONS: \"1000\" is not a number from 2 to 100; for example 8",
        "  - base_url in wellspring.toml: is empty; for example https://api.example.org",
        "  - console in wellspring.toml: \"3\" is not on or off; for example off",
        "  - --max-connections: \"0\" is not a number from 1 to 100000; for example 1024",
        "  - log_format in wellspring.toml: \"xml\" is not auto, text or json; for example json",
    ];
    let told: Vec<&str> = refused.stderr.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(told, expected);
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[test]
fn bad_settings_of_mail_and_limits_are_told_without_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut migrate =
        command(folder.path(), &["migrate", "--rate-limit-sign-ins", "0", "--mail-from", "Ada"]);
    migrate.env("WELLSPRING_SMTP_URL", "smtp://user:hunter2@mail.example/path");
    migrate.env("WELLSPRING_RATE_LIMIT_REQUESTS", "100001");
    migrate.env("WELLSPRING_RATE_LIMIT_MUTATIONS", "none");
    migrate.env("WELLSPRING_RATE_LIMIT_PUBLIC_MUTATIONS", "1.5");
    migrate.env("WELLSPRING_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.0/33");
    let refused = outcome(&mut migrate);
    let number = "is not a number from 1 to 100000 or off; for example";
    let expected = [
        "wellspring: 7 setting(s) cannot be used:".to_owned(),
        "  - WELLSPRING_SMTP_URL: the value is not a URL that starts with smtps: or smtp:; \
            for example smtps://user:p%40ssword@mail.example.org"
            .to_owned(),
        "  - --mail-from: \"Ada\" is not a mail address; for example Steady <hello@example.org>".to_owned(),
        format!("  - WELLSPRING_RATE_LIMIT_REQUESTS: \"100001\" {number} 50"),
        format!("  - WELLSPRING_RATE_LIMIT_MUTATIONS: \"none\" {number} 600"),
        format!("  - --rate-limit-sign-ins: \"0\" {number} 5"),
        format!("  - WELLSPRING_RATE_LIMIT_PUBLIC_MUTATIONS: \"1.5\" {number} 20"),
        "  - WELLSPRING_TRUSTED_PROXIES: \"10.0.0.1, 10.0.0.0/33\" is not a list of networks or addresses; \
            for example 127.0.0.1, 10.0.0.0/8"
            .to_owned(),
    ];
    let told: Vec<&str> = refused.stderr.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!((refused.code, told), (Some(1), expected.iter().map(String::as_str).collect()));
}

#[test]
fn a_settings_file_that_cannot_be_read_is_said_so() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.toml"), "listen = \"secret").expect("a file");
    for (file, expected) in
        [("bad.toml", "  - bad.toml: not TOML: "), ("none.toml", "  - none.toml: cannot be read: ")]
    {
        let refused = run(folder.path(), &["migrate", "--config", file]);
        assert_eq!(refused.code, Some(1));
        let told: Vec<&str> = refused.stderr.lines().collect();
        assert_eq!(told[0], "wellspring: 1 setting(s) cannot be used:");
        assert!(told[1].starts_with(expected), "{}", told[1]);
        assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    }
}

/// The data folder that the program means to use.
fn data_folder(folder: &Path, flag: Option<&str>, variable: Option<&str>) -> String {
    let run = |arguments: &[&str]| {
        let mut command = command(folder, arguments);
        command.args(flag.into_iter().flat_map(|folder| ["--data-dir", folder]));
        command.envs(variable.map(|folder| ("WELLSPRING_DATA_DIR", folder)));
        outcome(&mut command).succeeded().stdout
    };
    run(&["migrate"]);
    let report = run(&["doctor", "--listen", "127.0.0.1:0"]);
    let line = report.lines().find_map(|line| line.strip_prefix("ok    data folder: "));
    line.and_then(|line| line.strip_suffix(" can be written")).expect("a line about the folder").to_owned()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert_eq!(data_folder(path, None, None), "./data");
    std::fs::write(path.join("wellspring.toml"), "data_dir = \"of-file\"").expect("a file");
    assert_eq!(data_folder(path, None, None), "of-file");
    assert_eq!(data_folder(path, None, Some("of-variable")), "of-variable");
    assert_eq!(data_folder(path, Some("of-flag"), None), "of-flag");
    assert_eq!(data_folder(path, Some("of-flag"), Some("of-variable")), "of-flag");
}

#[test]
fn a_database_password_is_never_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    for url in [
        "postgres://wellspring:hunter2@127.0.0.1:1/wellspring",
        "postgres://wellspring:hunter2@127.0.0.1:port/wellspring",
        "postgres://wellspring:hunter2@[::1/wellspring",
        "postgres:wellspring:hunter2",
        "postgres://wellspring@127.0.0.1:1/wellspring?password=hunter2&sslmode=nonsense",
        "mysql://wellspring:hunter2@127.0.0.1/wellspring",
    ] {
        for name in ["migrate", "doctor"] {
            let common = ["--log", "debug", "--listen", "127.0.0.1:0", "--master-key", MASTER_KEY];
            let arguments = [&[name, "--database-url", url][..], &common].concat();
            let failed = run(folder.path(), &arguments);
            assert_eq!(failed.code, Some(1), "{url}");
            let told = failed.stdout + &failed.stderr;
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}

/// With a key of its own, each node would seal what the others could not open.
#[test]
fn postgres_needs_a_master_key() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["serve", "migrate", "doctor"] {
        let failed =
            run(folder.path(), &[name, "--database-url", "postgres://wellspring@127.0.0.1:1/wellspring"]);
        assert_eq!(failed.code, Some(1), "{name}");
        let told = failed.stdout + &failed.stderr;
        assert!(told.contains("WELLSPRING_MASTER_KEY: is needed with PostgreSQL"), "{told}");
    }
    assert!(!folder.path().join("data/master.key").exists(), "none is made in the folder instead");
}

/// A folder's name may hold what has a meaning in a URL.
#[test]
fn the_database_is_in_the_data_folder_whatever_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["50% off", "what?", "a#b", "%2e"] {
        run(folder.path(), &["migrate", "--data-dir", name]).succeeded();
        assert!(folder.path().join(name).join("wellspring.db").is_file(), "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 4, "{left:?}");
}
