//! Every setting there is: the one list for the file, the environment, the command line and the words of an error.

/// One setting: its name in the file and on the command line, what it is for, its default and an example.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    pub help: &'static str,
    pub default: &'static str,
    pub example: &'static str,
}

impl Setting {
    pub fn variable(&self) -> String {
        format!("WELLSPRING_{}", self.name.to_uppercase())
    }
}

/// Every setting there is.
pub const SETTINGS: [Setting; 40] = [
    Setting {
        name: "listen",
        help: "address and port to listen on",
        default: "127.0.0.1:8080",
        example: "0.0.0.0:8080",
    },
    Setting {
        name: "data_dir",
        help: "folder for the SQLite database, files and keys",
        default: "./data",
        example: "/var/lib/wellspring",
    },
    Setting {
        name: "database_url",
        help: "SQLite file or PostgreSQL server",
        default: "SQLite in the data folder",
        example: "postgres://wellspring:secret@db.internal/wellspring",
    },
    Setting {
        name: "database_connections",
        help: "connections to PostgreSQL or readers of SQLite, 2 to 100",
        default: "8 on PostgreSQL, 4 on SQLite",
        example: "8",
    },
    Setting {
        name: "base_url",
        help: "where clients reach this server",
        default: "http:// and the listen address",
        example: "https://api.example.org",
    },
    Setting {
        name: "master_key",
        help: "32 random bytes in base64, or file: and the path of a file with them; what is secret is derived from it; earlier keys may follow the newest, with commas between",
        default: "a file master.key in the data folder, made at the first start; required with PostgreSQL",
        example: "file:/run/secrets/wellspring-master-key",
    },
    Setting {
        name: "lost_keys",
        help: "ids of master keys that are gone for good, with commas between, or unnamed for one whose id no question has; without it nothing starts when rows are sealed under a key that is missing",
        default: "none",
        example: "9f3c0d2b7a6e4815",
    },
    Setting {
        name: "s3_bucket",
        help: "bucket for media in a store that speaks S3",
        default: "none: the server is the store, with a folder in the data folder",
        example: "wellspring-media",
    },
    Setting {
        name: "s3_endpoint",
        help: "where the store is reached",
        default: "Amazon S3 in the region",
        example: "https://s3.eu-central-1.amazonaws.com",
    },
    Setting {
        name: "s3_public_endpoint",
        help: "where browsers reach the store, if that is elsewhere",
        default: "s3_endpoint",
        example: "https://files.example.org",
    },
    Setting {
        name: "s3_region",
        help: "region of the store; auto for R2, any word for most others",
        default: "us-east-1",
        example: "eu-central-1",
    },
    Setting {
        name: "s3_access_key_id",
        help: "access key of the store",
        default: "none",
        example: "AKIAIOSFODNN7EXAMPLE",
    },
    Setting {
        name: "s3_secret_access_key",
        help: "secret of the access key",
        default: "none",
        example: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    Setting {
        name: "s3_path_style",
        help: "the bucket in the path (on) or in front of the host (off)",
        default: "on with s3_endpoint, off without",
        example: "on",
    },
    Setting {
        name: "s3_checksums",
        help: "checksums of the newer kind: when_required, which every store takes, or when_supported",
        default: "when_required with s3_endpoint, when_supported without",
        example: "when_required",
    },
    Setting {
        name: "media_origins",
        help: "origins whose pages may send files to the server's own store, beside the site's, with commas between",
        default: "none",
        example: "http://localhost:3000, https://admin.example.org",
    },
    Setting {
        name: "media_max_megabytes",
        help: "the largest file that can be uploaded, 1 to 2047",
        default: "2047",
        example: "500",
    },
    Setting {
        name: "media_widths",
        help: "widths in pixels that images are made in, 16 to 8192, with commas between",
        default: "320, 640, 960, 1280, 1920, 2560",
        example: "400, 800, 1600",
    },
    Setting {
        name: "media_memory",
        help: "megabytes that the work on images may take at once, 64 to 16384",
        default: "192",
        example: "512",
    },
    Setting {
        name: "media_reserve_megabytes",
        help: "megabytes of the disk that files leave free for the database, or a tenth of the disk if that is less",
        default: "256",
        example: "1024",
    },
    Setting {
        name: "smtp_url",
        help: "mail server: smtps://, or smtp:// with STARTTLS, which only the loopback may lack",
        default: "none: mails become .eml files in the data folder",
        example: "smtps://user:p%40ssword@mail.example.org",
    },
    Setting {
        name: "smtp_ca",
        help: "PEM file with certificates to trust for the mail server, beside those that everybody trusts",
        default: "none",
        example: "/etc/wellspring/mail-ca.pem",
    },
    Setting {
        name: "mail_from",
        help: "sender of all mails, an address with or without a name",
        default: "wellspring@ and the host of base_url, under the site's title",
        example: "Steady <hello@example.org>",
    },
    Setting { name: "console", help: "the API console at /: on or off", default: "on", example: "off" },
    Setting {
        name: "max_connections",
        help: "client connections at once, 1 to 100000",
        default: "1024",
        example: "1024",
    },
    Setting {
        name: "connections_per_address",
        help: "client connections at once of one address, 1 to 100000; proxies in trusted_proxies are not counted",
        default: "a quarter of max_connections",
        example: "64",
    },
    Setting {
        name: "request_memory",
        help: "megabytes that requests and their answers may hold in memory at once, 64 to 16384; a quarter for each address",
        default: "128",
        example: "256",
    },
    Setting {
        name: "workers",
        help: "schedules at once in this process, 1 to 100; beside them half as many uploads and emails",
        default: "4",
        example: "8",
    },
    Setting {
        name: "job_lease",
        help: "seconds after which a job of a worker that gives no sign of life is taken over, 3 to 3600",
        default: "60",
        example: "60",
    },
    Setting {
        name: "metrics",
        help: "numbers for Prometheus at /metrics: on or off",
        default: "on",
        example: "off",
    },
    Setting {
        name: "rate_limit_requests",
        help: "requests per second and address, 1 to 100000 or off",
        default: "off",
        example: "50",
    },
    Setting {
        name: "rate_limit_mutations",
        help: "mutations per minute, for each address and each token, 1 to 100000 or off",
        default: "6000",
        example: "600",
    },
    Setting {
        name: "rate_limit_sign_ins",
        help: "sign-ins per minute for each address, ten times as many for each account, and password resets per hour for each of both, 1 to 100000 or off",
        default: "10",
        example: "5",
    },
    Setting {
        name: "rate_limit_public_mutations",
        help: "what readers send in, per minute and address, 1 to 100000 or off",
        default: "10",
        example: "20",
    },
    Setting {
        name: "form_min_seconds",
        help: "seconds that a form must have been open before it is sent, 0 to 600",
        default: "3",
        example: "5",
    },
    Setting {
        name: "form_max_hours",
        help: "hours for which a form that is open can be sent, 1 to 168",
        default: "24",
        example: "48",
    },
    Setting {
        name: "proof_of_work",
        help: "work that a browser does for a form: hexadecimal digits, each makes it sixteen times as much, 1 to 6 or off",
        default: "3, some 4,096 tries; off with --demo",
        example: "4",
    },
    Setting {
        name: "trusted_proxies",
        help: "proxies whose X-Forwarded-For or Forwarded is believed: networks or addresses with commas between",
        default: "none",
        example: "127.0.0.1, 10.0.0.0/8",
    },
    Setting {
        name: "log",
        help: "what to log, as a tracing filter",
        default: "info,sqlx::postgres::notice=warn,sea_orm_migration=warn",
        example: "info,wellspring=debug",
    },
    Setting { name: "log_format", help: "auto, text or json", default: "auto", example: "json" },
];

/// Settings that may hold a password, so they are never repeated.
pub(super) const SECRETS: [&str; 4] = ["database_url", "master_key", "s3_secret_access_key", "smtp_url"];
