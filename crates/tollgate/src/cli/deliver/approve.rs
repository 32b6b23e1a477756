//! `tollgate approve`, `reject` and `override`.

use std::path::{Path, PathBuf};

use tollgate_adapters::{GitCommand, Signers, SignersError};
use tollgate_engine::Store as _;
use tollgate_model::{Approvals, Decision, Digest, Environment, Exit, Opinion, ReleaseRecorded};

use super::Desk;
use crate::cli::Context;
use crate::display::style;
use crate::error::CliError;

const APPROVE: &str = "\
Examples:
  tollgate approve prod                    what would be promoted there
  tollgate approve prod 3f9a21 --key ~/.ssh/id_ed25519
  tollgate approve prod --print > text     what is signed, to sign it elsewhere:
  ssh-keygen -Y sign -n approval@tollgate -f KEY text
  tollgate approve prod --signature text.sig

An approval is an SSH signature over the release, the environment and its policy: change any of the
three, and it is void. Keys of agents and of hardware work. Whose word counts stands in the file that
the environment's `policy: approvals: by:` names.";

const REJECT: &str = "\
Examples:
  tollgate reject prod 3f9a21 --reason 'the new scores are odd'

A rejection is signed as an approval is, and counts until the same person approves.";

const OVERRIDE: &str = "\
Examples:
  tollgate override prod 3f9a21 --reason 'hotfix for the outage, approved by phone'

It goes past a policy that has failed or is undecided. It is signed as an approval is, by somebody
whose word counts, and stays in the record by that name. `tollgate promote` then does it.";

/// Agree to a release in an environment, by signature.
#[derive(Debug, clap::Args)]
#[command(after_help = APPROVE)]
pub(crate) struct Approve {
    #[command(flatten)]
    common: Common,
    /// Why.
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,
}

/// Refuse a release in an environment, by signature.
#[derive(Debug, clap::Args)]
#[command(after_help = REJECT)]
pub(crate) struct Reject {
    #[command(flatten)]
    common: Common,
    /// Why.
    #[arg(long, value_name = "WHY")]
    reason: String,
}

/// Go past an environment's policy, by signature and with a reason.
#[derive(Debug, clap::Args)]
#[command(after_help = OVERRIDE)]
pub(crate) struct Override {
    #[command(flatten)]
    common: Common,
    /// Why.
    #[arg(long, value_name = "WHY")]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// The release's name, commit or image, or the beginning of one [default: what serves in the
    /// environment before it, or the newest].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// Sign with this key: a private one, or a public one whose other half an agent or a device has
    /// [default: Git's `user.signingKey`, or ~/.ssh/id_ed25519].
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Only print what is to be signed.
    #[arg(long, conflicts_with_all = ["key", "signature"])]
    print: bool,
    /// Take this signature, made elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    signature: Option<PathBuf>,
}

pub(crate) fn approve(args: &Approve, context: &Context) -> Result<Exit, CliError> {
    execute(&args.common, Decision::Approve, args.reason.as_deref(), context)
}

pub(crate) fn reject(args: &Reject, context: &Context) -> Result<Exit, CliError> {
    execute(&args.common, Decision::Reject, Some(&args.reason), context)
}

pub(crate) fn overrule(args: &Override, context: &Context) -> Result<Exit, CliError> {
    execute(&args.common, Decision::Override, Some(&args.reason), context)
}

fn execute(
    args: &Common,
    decision: Decision,
    reason: Option<&str>,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(&args.environment)?;
    let asked = asked(&environment)?.clone();
    let (_, release) = desk.release(args.release.as_deref(), &environment)?;
    let mut opinion = Opinion {
        release: release.release,
        policy: environment.policy_digest(),
        decision,
        reason: reason.map(str::to_owned),
        signer: String::new(),
        signature: Digest::of(b""),
    };
    let text = desk.act(&environment, |deliverer| Ok(deliverer.statement(&opinion, &release)))?;
    if args.print {
        use std::io::Write as _;
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(Exit::Passed);
    }
    let signature = signature(args, &text, &desk, context)?;
    let signers = Signers::new(&desk.project.root.join(asked.by.as_str()));
    opinion.signer = signers.who(&text, &signature).map_err(|error| refused(error, &asked))?;
    opinion.signature = desk.store.put(signature.as_bytes())?;
    desk.act(&environment, |deliverer| deliverer.hear(&opinion, &release))?;
    show(&opinion, &release, &environment, context)
}

fn asked(environment: &Environment) -> Result<&Approvals, CliError> {
    environment.policy.approvals.as_ref().ok_or_else(|| {
        let message = format!("{} asks nobody, so nobody's word counts", environment.name);
        CliError::misconfigured(message)
            .hint("`policy: { approvals: { by: approvers.keys } }` says whose does")
    })
}

fn signature(
    args: &Common,
    text: &str,
    desk: &Desk,
    context: &Context,
) -> Result<String, CliError> {
    if let Some(file) = &args.signature {
        let path = context.resolve(file);
        return std::fs::read_to_string(&path).map_err(|error| {
            CliError::misconfigured(format!("can't read {}: {error}", path.display()))
        });
    }
    let key = match &args.key {
        Some(key) => context.resolve(key),
        None => own_key(&desk.project.root, context).ok_or_else(|| {
            CliError::misconfigured("there is no key to sign with")
                .hint("`--key FILE`, or `ssh-keygen -t ed25519` makes one")
        })?,
    };
    Signers::sign(text, &key).map_err(|error| match error {
        error @ SignersError::Program(_) => CliError::misconfigured(error.to_string())
            .hint("OpenSSH signs: Debian's package openssh-client"),
        error => CliError::misconfigured(format!("{}: {error}", key.display())),
    })
}

/// The key that the person signs commits with, or has.
fn own_key(root: &Path, context: &Context) -> Option<PathBuf> {
    let home = PathBuf::from(context.environment.get("HOME")?);
    let configured = GitCommand::new(root).setting("user.signingKey");
    let configured = configured.map(|key| match key.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => PathBuf::from(key),
    });
    let usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| home.join(".ssh").join(name));
    configured.into_iter().chain(usual).find(|key| key.is_file())
}

fn refused(error: SignersError, asked: &Approvals) -> CliError {
    match error {
        error @ SignersError::Program(_) => CliError::broken(error),
        error => CliError::new(Exit::Refused, error.to_string())
            .hint(format!("whose word counts stands in {}", asked.by)),
    }
}

fn show(
    opinion: &Opinion,
    release: &ReleaseRecorded,
    environment: &Environment,
    context: &Context,
) -> Result<Exit, CliError> {
    if context.json {
        context.json_line(&serde_json::json!({
            "environment": environment.name, "release": release.release,
            "decision": opinion.decision, "signer": opinion.signer, "policy": opinion.policy,
        }))?;
        return Ok(Exit::Passed);
    }
    let word = match opinion.decision {
        Decision::Approve => style::good("approved"),
        Decision::Reject => style::bad("rejected"),
        Decision::Override => style::doubt("overridden"),
    };
    let id = style::strong(release.release);
    let signer = style::safe(&opinion.signer);
    context.line(&format!("{word} {id} for {}, by {signer}", environment.name))?;
    Ok(Exit::Passed)
}
