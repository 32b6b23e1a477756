use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use proptest::prelude::*;

use super::rules::RULES;
use super::*;
use crate::Limits;
use crate::oci::ImageConfig;
use crate::oci::{History, Platform, RootFs, RunConfig};
use crate::tree::tests::written;

/// For each kind how one is written: `%a40` stands for forty letters and digits, `%h` hexadecimal,
/// `%u` base 32, `%n` digits, `%l` letters, `%b` base 64, `%U` capitals and digits, `%c` a checksum
/// of what is behind the `_`. Drawn anew in each run of the test from a seed: none is in this file.
const KINDS: &[(&str, &str)] = &[
    ("aws-access-key", "id = AKIA%u16"),
    ("aws-secret-key", "aws_secret_access_key = %b40"),
    ("aws-session-token", "aws_session_token=%b200"),
    ("gcp-api-key", "key: AIza%a35"),
    ("gcp-oauth-secret", "GOCSPX-%a28"),
    ("gcp-oauth-token", "ya29.%a120"),
    ("azure-storage-key", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=%b86=="),
    ("azure-sas", "https://a/b?sv=2020&sig=%a43%3D"),
    ("azure-client-secret", "client_secret: \"%a3%n1Q~%a34\""),
    ("github-token", "ghp_%a30%c"),
    ("github-token", "ghs_%a30%c"),
    ("github-fine-token", "github_pat_%a22_%a59"),
    ("gitlab-token", "glpat-%a20"),
    ("bitbucket-token", "ATBB%a32"),
    ("npm-token", "//registry/:_authToken=npm_%a30%c"),
    ("pypi-token", "pypi-AgEIcHlwaS5vcmc%a120"),
    ("crates-token", "token = \"cio%a32\""),
    ("rubygems-token", "rubygems_%h48"),
    ("docker-token", "dckr_pat_%a27"),
    ("docker-auth", "{\"auths\": {\"r\": {\"auth\": \"%b40\"}}}"),
    ("slack-token", "xoxb-%n12-%n12-%a24"),
    ("slack-webhook", "https://hooks.slack.com/services/T%U9/B%U9/%a24"),
    ("discord-token", "DISCORD_TOKEN=M%a23.%a6.%a27"),
    ("discord-webhook", "https://discord.com/api/webhooks/%n18/%a68"),
    ("telegram-token", "https://api.telegram.org/bot%n10:%a35/getMe"),
    ("stripe-key", "sk_live_%a24"),
    ("twilio-key", "SK%h32"),
    ("sendgrid-key", "SG.%a22.%a43"),
    ("mailgun-key", "key-%h32"),
    ("mailchimp-key", "MAILCHIMP_KEY=%h32-us12"),
    ("square-token", "sq0atp-%a22"),
    ("shopify-token", "shpat_%h32"),
    ("digitalocean-token", "dop_v1_%h64"),
    ("cloudflare-token", "CLOUDFLARE_API_TOKEN=%a40"),
    ("heroku-key", "HEROKU_API_KEY=%h8-%h4-%h4-%h4-%h12"),
    ("databricks-token", "dapi%h32"),
    ("huggingface-token", "hf_%l34"),
    ("openai-key", "sk-%a48"),
    ("anthropic-key", "sk-ant-api03-%a93"),
    ("wandb-key", "WANDB_API_KEY=%h40"),
    ("neptune-token", "NEPTUNE_API_TOKEN=\"eyJ%a120==\""),
    ("comet-key", "COMET_API_KEY=%a25"),
    ("datadog-key", "DD_API_KEY=%h32"),
    ("newrelic-key", "NRAK-%U27"),
    ("grafana-token", "glsa_%a32_%h8"),
    ("sentry-token", "sntryu_%h64"),
    ("pagerduty-key", "pagerduty_token=%a20"),
    ("vault-token", "hvs.%a90"),
    ("terraform-token", "%a14.atlasv1.%a64"),
    ("linear-key", "lin_api_%a40"),
    ("notion-token", "secret_%a43"),
    ("age-key", "AGE-SECRET-KEY-1%U58"),
    ("private-key", "-----BEGIN RSA PRIVATE KEY-----\n%b64\n%b64\n-----END RSA PRIVATE KEY-----"),
    ("private-key", "-----BEGIN PRIVATE KEY-----\\n%b64\\n-----END"),
    ("private-key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n%b64\n"),
    ("putty-key", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none"),
    ("kubernetes-key", "    client-key-data: %b400"),
    ("jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ%a40.%a43"),
    ("database-url", "postgresql+psycopg2://app:%a12@db.internal:5432/app"),
    ("url-password", "index-url = https://robot:%a20@pypi.internal/simple"),
    ("netrc", "machine git.internal login bot password %a16"),
    ("password", "DB_PASSWORD = \"%a16\""),
    ("api-key", "api_key: '%a32'"),
    ("bearer", "Authorization: Bearer %a40"),
];

/// A small generator (Marsaglia's xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % most
    }
}

fn alphabet(class: char) -> &'static str {
    match class {
        'a' => "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        'h' => "0123456789abcdef",
        'u' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        'n' => "0123456789",
        'l' => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        'b' => "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
        'U' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _ => panic!("{class}"),
    }
}

fn drawn(template: &str, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let class = behind.chars().next().unwrap();
        if class == 'c' {
            let body = out.rsplit_once('_').unwrap().1.to_owned();
            out.push_str(&checksum(&body));
            rest = &behind[1..];
            continue;
        }
        // `%3D` is what it is.
        if class.is_ascii_digit() {
            out.push('%');
            rest = behind;
            continue;
        }
        let digits = behind[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len() - 1);
        let count: usize = behind[1..=digits].parse().unwrap();
        let letters = alphabet(class).as_bytes();
        out.extend((0..count).map(|_| char::from(letters[random.below(letters.len())])));
        rest = &behind[1 + digits..];
    }
    out.push_str(rest);
    out
}

fn checksum(body: &str) -> String {
    let mut left = rawzip::crc32(body.as_bytes());
    let digits = alphabet('U').to_owned() + &alphabet('l')[..26];
    let mut told: Vec<char> = (0..6)
        .map(|_| {
            let digit = digits.as_bytes()[(left % 62) as usize];
            left /= 62;
            char::from(digit)
        })
        .collect();
    told.reverse();
    told.into_iter().collect()
}

fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    search("f", bytes).into_iter().map(|leak| leak.kind).collect()
}

#[test]
fn each_kind_is_found_and_its_value_is_not_told() {
    let mut random = Random(20_261_123);
    for round in 0..20 {
        for (kind, template) in KINDS {
            let secret = drawn(template, &mut random);
            let text = format!("# line\n\n{secret}\nlast\n");
            let leaks = search("src/app.py", text.as_bytes());
            let leak = leaks.iter().find(|leak| leak.kind == *kind);
            // A draw may by chance have too few different letters, or hold a word.
            let Some(leak) = leak else {
                assert!(round > 0 && leaks.is_empty(), "{kind}: {secret} {leaks:?}");
                continue;
            };
            // The line of the value: of a key in lines it is one further down.
            assert!((3..=6).contains(&leak.line), "{kind}");
            let told =
                format!("{leak:?}{}{:?}", serde_json::to_string(leak).unwrap(), leak.finding());
            let value =
                secret.rsplit([' ', '=', '"', '\'', '/', '_']).find(|part| part.len() >= 16);
            if let Some(value) = value {
                assert!(!told.contains(value), "{kind}");
            }
        }
    }
    let covered: std::collections::BTreeSet<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
    let all: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(covered, all);
    assert!(all.len() >= 50);
}

#[test]
fn what_is_encoded_is_found_as_well() {
    let mut random = Random(7);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let gzip = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let json = |text: &str| text.bytes().map(|byte| format!("\\u00{byte:02x}")).collect::<String>();
    let program =
        |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let (mut asked, mut missed) = (0, Vec::new());
    for (kind, template) in KINDS {
        if !RULES.iter().any(|rule| rule.id == *kind && rule.is_exact()) {
            continue;
        }
        let secret = drawn(template, &mut random);
        let secret = format!("{secret}\n");
        let mut forms: Vec<(String, Vec<u8>)> = vec![
            ("hex".into(), format!("x: {}", hex(&secret)).into()),
            ("percent".into(), format!("?q={}&b", percent(&secret)).into()),
            ("json".into(), format!("{{\"a\": \"{}\"}}", json(&secret)).into()),
            ("program".into(), format!("b\"{}\"", program(&secret)).into()),
            ("utf-16".into(), utf16(&secret)),
            ("gzip".into(), gzip(&secret)),
        ];
        for before in ["", "a", "ab", "abc"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}\n{secret}"));
            forms.push((format!("base64 {before}"), format!("data: {text}\n").into()));
            let run = format!("data: {before}{}\n", STANDARD.encode(&secret));
            forms.push((format!("base64 behind {before}"), run.into()));
        }
        for (how, bytes) in forms {
            asked += 1;
            if !kinds(&bytes).contains(kind) {
                missed.push(format!("{kind} in {how}"));
            }
        }
    }
    assert!(asked > 500 && missed.is_empty(), "{asked} asked, missed: {missed:#?}");
}

#[test]
fn what_stands_for_a_secret_is_none() {
    for text in [
        "password = \"changeme\"",
        "password = \"${DB_PASSWORD}\"",
        "password: \"{{ vault }}\"",
        "api_key = \"your_api_key_goes_here\"",
        "api_key='xxxxxxxxxxxxxxxxxxxxxxxx'",
        "https://user:password@example.com/",
        "https://user:pass@host/",
        "https://<user>:<token>@host/",
        "postgres://user:secret@localhost/db",
        "AKIAIOSFODNN7EXAMPLE",
        "Authorization: Bearer <token>",
        "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "hashes = [\"A0Zq3mP9xK2LwVn8RtYb5CdEfGh7JkMs\"]",
        "passwd = getpass.getpass(\"Password: \")",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0.AAAAAAAAAAAAAAAAAAAAAAAA",
        "xoxb-aaaaaaaaaaaa-aaaaaaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaa",
        "risk-assessment-of-the-long-and-winding-road-to-anywhere-we-go-now",
    ] {
        assert_eq!(kinds(text.as_bytes()), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_line_may_say_that_it_is_none_that_matters() {
    let mut random = Random(3);
    let (one, other) = (drawn("glpat-%a20", &mut random), drawn("glpat-%a20", &mut random));
    let text = format!("a = '{one}'  # tollgate: allow-secret of a test\nb = '{other}'\n");
    let lines: Vec<u64> = search("f", text.as_bytes()).iter().map(|leak| leak.line).collect();
    assert_eq!(lines, [2]);
}

#[test]
fn layers_and_settings_are_looked_through() {
    let mut random = Random(5);
    let token = drawn("glpat-%a20", &mut random);
    let hidden = written(&[&format!("app/old.env=T={token}\n"), "app/b=fine"]);
    let searched = layer(&hidden, &Limits::default()).unwrap();
    let told: Vec<_> = searched.leaks.iter().map(|leak| (leak.path.as_str(), leak.kind)).collect();
    assert_eq!(told, [("/app/old.env", "gitlab-token")]);
    let config = ImageConfig {
        created: None,
        author: None,
        platform: Platform { architecture: "amd64".into(), os: "linux".into(), variant: None },
        config: RunConfig {
            env: vec![
                format!("DB_PASSWORD={}", drawn("%a20", &mut random)),
                "PATH=/usr/bin".into(),
            ],
            cmd: Some(vec!["serve".into(), format!("--token={token}")]),
            ..RunConfig::default()
        },
        rootfs: RootFs { kind: "layers".into(), diff_ids: vec![] },
        history: vec![History {
            created_by: Some(format!("RUN login {token}")),
            ..History::default()
        }],
    };
    let told: Vec<_> = settings(&config).into_iter().map(|leak| (leak.path, leak.kind)).collect();
    assert_eq!(
        told,
        [
            ("variable DB_PASSWORD".to_owned(), "password"),
            ("the command".to_owned(), "gitlab-token"),
            ("history 1".to_owned(), "gitlab-token"),
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_looked_through(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
        for leak in search("f", &bytes) {
            prop_assert!(leak.line >= 1);
        }
    }
}
