//! What secrets look like. Each rule has words with which one begins, so that all are looked for in
//! one walk, and an expression that decides from there.

/// A kind of secret.
pub(super) struct Rule {
    /// Its name in findings: `github-token`.
    pub(super) id: &'static str,
    /// What it is, for people.
    pub(super) what: &'static str,
    /// What it begins with, in whatever case.
    pub(super) begins: &'static [&'static str],
    /// What it is from its beginning on; the group `v` is the secret, else all of it.
    pub(super) pattern: &'static str,
    pub(super) proof: Proof,
}

/// What else must hold of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Its form alone is enough.
    Form,
    /// It looks drawn by lot: so many bits for each character, in tenths.
    Random(u32),
    /// The last six characters are a checksum of those before (GitHub, npm).
    Checksum,
    /// It is a JSON Web Token.
    Jwt,
    /// A password that somebody chose: no placeholder.
    Chosen,
}

use Proof::{Checksum, Chosen, Form, Jwt, Random};

macro_rules! rules {
    ($($id:literal $what:literal [$($begin:literal),+] $pattern:literal $proof:expr;)+) => {
        &[$(Rule { id: $id, what: $what, begins: &[$($begin),+], pattern: $pattern, proof: $proof }),+]
    };
}

/// The rules.
pub(super) const RULES: &[Rule] = rules! {
    "aws-access-key" "AWS access key" ["AKIA", "ASIA", "ABIA", "ACCA"] r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}" Random(28);
    "aws-secret-key" "AWS secret key" ["aws_secret_access_key", "aws_secret_key", "awssecretkey", "secretaccesskey"] r#"(?i-u:aws_?secret(?:_?access)?_?key|secretaccesskey)["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[A-Za-z0-9/+]{40})"# Random(38);
    "aws-session-token" "AWS session token" ["aws_session_token"] r#"(?i-u:aws_session_token)["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[A-Za-z0-9/+=]{100,2000})"# Random(38);
    "gcp-api-key" "Google API key" ["AIza"] r"AIza[0-9A-Za-z_-]{35}" Random(35);
    "gcp-oauth-secret" "Google OAuth client secret" ["GOCSPX-"] r"GOCSPX-[0-9A-Za-z_-]{28}" Random(30);
    "gcp-oauth-token" "Google OAuth token" ["ya29."] r"ya29\.[0-9A-Za-z_-]{30,500}" Random(35);
    "azure-storage-key" "Azure storage account key" ["AccountKey="] r"(?i-u:AccountKey=)(?P<v>[A-Za-z0-9+/]{86}==)" Random(40);
    "azure-sas" "Azure shared access signature" ["sig="] r"sig=(?P<v>[A-Za-z0-9%]{43,120}%3[dD])" Random(35);
    "azure-client-secret" "Azure client secret" ["client_secret", "clientsecret"] r#"(?i-u:client_?secret)["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})"# Random(35);
    "github-token" "GitHub token" ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] r"gh[pousr]_[0-9A-Za-z]{36}" Checksum;
    "github-fine-token" "GitHub fine-grained token" ["github_pat_"] r"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}" Random(38);
    "gitlab-token" "GitLab token" ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"] r"gl(?:pat|dt|rt|ptt|cbt)-[0-9A-Za-z_-]{20,64}" Random(30);
    "bitbucket-token" "Bitbucket token" ["ATBB", "ATCTT3"] r"(?:ATBB[A-Za-z0-9]{28,32}|ATCTT3[A-Za-z0-9_=-]{60,300})" Random(35);
    "npm-token" "npm token" ["npm_"] r"npm_[0-9A-Za-z]{36}" Checksum;
    "pypi-token" "PyPI token" ["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"] r"pypi-Ag[A-Za-z0-9_-]{60,500}" Random(35);
    "crates-token" "Cargo registry token" ["cio"] r"cio[0-9A-Za-z]{32}" Random(38);
    "rubygems-token" "RubyGems token" ["rubygems_"] r"rubygems_[0-9a-f]{48}" Random(30);
    "docker-token" "Docker access token" ["dckr_pat_", "dckr_oat_"] r"dckr_[po]at_[0-9A-Za-z_-]{27,32}" Random(35);
    "docker-auth" "password of a registry, in Docker's configuration" ["\"auth\""] r#""auth"\s{0,5}:\s{0,5}"(?P<v>[A-Za-z0-9+/]{12,400}={0,2})""# Random(25);
    "slack-token" "Slack token" ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"] r"(?:xox[bparse]-|xapp-)[0-9A-Za-z-]{20,250}" Random(28);
    "slack-webhook" "Slack webhook" ["hooks.slack.com/services/"] r"hooks\.slack\.com/services/T[0-9A-Z]{7,12}/B[0-9A-Z]{7,12}/(?P<v>[0-9A-Za-z]{20,32})" Random(30);
    "discord-token" "Discord bot token" ["discord"] r#"(?i-u:discord[a-z_-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38})"# Random(35);
    "discord-webhook" "Discord webhook" ["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"] r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/(?P<v>[0-9A-Za-z_-]{60,72})" Random(35);
    "telegram-token" "Telegram bot token" ["api.telegram.org/bot", "telegram"] r#"(?:api\.telegram\.org/bot|(?i-u:telegram[a-z_-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?)(?P<v>[0-9]{8,10}:[A-Za-z0-9_-]{35})"# Random(35);
    "stripe-key" "Stripe key" ["sk_live_", "rk_live_", "whsec_"] r"(?:[sr]k_live_[0-9A-Za-z]{24,120}|whsec_[0-9A-Za-z+/]{32,64})" Random(30);
    "twilio-key" "Twilio API key" ["SK"] r"SK[0-9a-f]{32}" Random(30);
    "sendgrid-key" "SendGrid key" ["SG."] r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}" Random(38);
    "mailgun-key" "Mailgun key" ["key-"] r"key-[0-9a-f]{32}" Random(30);
    "mailchimp-key" "Mailchimp key" ["mailchimp"] r#"(?i-u:mailchimp[a-z_-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9a-f]{32}-us[0-9]{1,2})"# Random(28);
    "square-token" "Square token" ["sq0atp-", "sq0csp-", "EAAA"] r"(?:sq0atp-[0-9A-Za-z_-]{22}|sq0csp-[0-9A-Za-z_-]{43}|EAAA[0-9A-Za-z_-]{60})" Random(35);
    "shopify-token" "Shopify token" ["shpat_", "shpca_", "shppa_", "shpss_"] r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}" Random(28);
    "digitalocean-token" "DigitalOcean token" ["dop_v1_", "doo_v1_", "dor_v1_"] r"do[por]_v1_[0-9a-f]{64}" Random(30);
    "cloudflare-token" "Cloudflare token" ["cloudflare", "cf_api"] r#"(?i-u:(?:cloudflare|cf_api)[a-z_-]{0,25})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9A-Za-z_-]{40}|v1\.0-[0-9a-f]{24}-[0-9a-f]{146})"# Random(35);
    "heroku-key" "Heroku key" ["heroku"] r#"(?i-u:heroku[a-z_-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"# Random(28);
    "databricks-token" "Databricks token" ["dapi"] r"dapi[0-9a-f]{32}(?:-[0-9])?" Random(28);
    "huggingface-token" "Hugging Face token" ["hf_", "api_org_"] r"(?:hf_|api_org_)[A-Za-z]{34}" Random(35);
    "openai-key" "OpenAI key" ["sk-"] r"sk-(?:proj-|svcacct-|admin-)?(?:[0-9A-Za-z_-]{20,100}T3BlbkFJ[0-9A-Za-z_-]{20,100}|[0-9A-Za-z]{48})" Random(35);
    "anthropic-key" "Anthropic key" ["sk-ant-"] r"sk-ant-(?:api|admin|sid)[0-9]{2}-[0-9A-Za-z_-]{80,120}" Random(35);
    "wandb-key" "Weights & Biases key" ["wandb"] r#"(?i-u:wandb[a-z_.-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9a-f]{40})"# Random(30);
    "neptune-token" "Neptune token" ["neptune_api_token"] r#"(?i-u:neptune_api_token)["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>eyJ[A-Za-z0-9+/=]{60,400})"# Form;
    "comet-key" "Comet key" ["comet_api_key"] r#"(?i-u:comet_api_key)["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9A-Za-z]{25,40})"# Random(35);
    "datadog-key" "Datadog key" ["dd_api_key", "datadog"] r#"(?i-u:(?:dd_api_key|datadog[a-z_-]{0,20}))["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9a-f]{32,40})"# Random(28);
    "newrelic-key" "New Relic key" ["NRAK-", "NRII-", "NRJS-"] r"NR(?:AK-[0-9A-Z]{27}|II-[0-9A-Za-z_-]{32}|JS-[0-9a-f]{19})" Random(28);
    "grafana-token" "Grafana token" ["glsa_", "glc_"] r"(?:glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})" Random(30);
    "sentry-token" "Sentry token" ["sntrys_", "sntryu_"] r"sntry(?:s_eyJ[0-9A-Za-z=_+/-]{80,400}|u_[0-9a-f]{64})" Random(28);
    "pagerduty-key" "PagerDuty key" ["pagerduty"] r#"(?i-u:pagerduty[a-z_-]{0,20})["']?\s{0,5}[:=]\s{0,5}["']?(?P<v>[0-9A-Za-z+_-]{20})\b"# Random(32);
    "vault-token" "Vault token" ["hvs.", "hvb.", "hvr."] r"hv[sbr]\.[0-9A-Za-z_-]{24,300}" Random(30);
    "terraform-token" "Terraform Cloud token" [".atlasv1."] r"\.atlasv1\.[0-9A-Za-z_=-]{60,70}" Random(35);
    "linear-key" "Linear key" ["lin_api_"] r"lin_api_[0-9A-Za-z]{40}" Random(35);
    "notion-token" "Notion token" ["ntn_", "secret_"] r"(?:ntn_[0-9]{11}[0-9A-Za-z]{35}|secret_[0-9A-Za-z]{43})" Random(38);
    "age-key" "age secret key" ["AGE-SECRET-KEY-1"] r"AGE-SECRET-KEY-1[0-9A-Z]{58}" Form;
    "private-key" "private key" ["-----BEGIN"] r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\?[\\rn\s]|[A-Za-z0-9:,.()/ =+-]){0,400}?(?P<v>[A-Za-z0-9+/]{40,})" Random(30);
    "putty-key" "PuTTY private key" ["PuTTY-User-Key-File-"] r"PuTTY-User-Key-File-[23]: [a-z0-9-]{3,40}" Form;
    "kubernetes-key" "key in a kubeconfig" ["client-key-data"] r"client-key-data:\s{1,5}(?P<v>[A-Za-z0-9+/=]{100,10000})" Random(35);
    "jwt" "JSON Web Token" ["eyJ"] r"eyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{20,1000}" Jwt;
    "database-url" "password in a database's address" ["postgres", "mysql", "mariadb", "mongodb", "redis", "amqp", "mssql", "snowflake", "clickhouse"] r#"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|snowflake|clickhouse)(?:\+[a-z0-9]{1,20})?://[^\s:/@'"<>]{0,100}:(?P<v>[^\s@/'"<>]{4,200})@[A-Za-z0-9_.-]{2,}"# Chosen;
    "url-password" "password in an address" ["https://", "http://", "ftp://", "ssh://", "smtp://", "ldap://"] r#"(?:https?|ftp|ssh|smtps?|ldaps?)://[^\s:/@'"<>\[\]]{1,100}:(?P<v>[^\s@/'"<>\[\]]{4,200})@[A-Za-z0-9_.-]{2,}"# Chosen;
    "netrc" "password in a .netrc" ["machine"] r"machine\s{1,5}[A-Za-z0-9_.-]{3,100}\s{1,5}login\s{1,5}\S{1,100}\s{1,5}password\s{1,5}(?P<v>\S{4,200})" Chosen;
    "password" "password" ["password", "passwd", "passphrase"] r#"(?i-u:passw(?:or)?d|passphrase)["']?\s{0,5}[:=]>?\s{0,5}["'](?P<v>[^"'\s]{8,120})["']"# Random(32);
    "api-key" "key or token" ["api_key", "apikey", "api-key", "secret_key", "secretkey", "access_token", "accesstoken", "auth_token", "authtoken", "private_token", "client_secret"] r#"(?i-u:(?:api[_-]?key|secret_?key|access_?token|auth_?token|private_token|client_secret))["']?\s{0,5}[:=]>?\s{0,5}["'](?P<v>[0-9A-Za-z_/+=.~-]{16,200})["']"# Random(37);
    "bearer" "bearer token" ["bearer "] r#"(?i-u:bearer) (?P<v>[0-9A-Za-z_.~+/-]{24,500}={0,2})"# Random(40);
};
