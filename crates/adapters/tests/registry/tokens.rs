//! Registries that send elsewhere for a token.

use std::sync::atomic::{AtomicUsize, Ordering};

use tollgate_adapters::registry::{PASSWORD, RegistryError, USER};
use tollgate_image::oci::{Reference, media};
use tollgate_testkit::servers::{Asked, Server, answer};

use crate::images::{Images, plain};

const WHO: [(&str, &str); 2] = [(USER, "ann"), (PASSWORD, "open sesame")];
const BASIC: &str = "Basic YW5uOm9wZW4gc2VzYW1l";
const MANIFEST: &[u8] =
    br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

fn challenge(realm: &str) -> Option<Vec<u8>> {
    let scope = "repository:team/app:pull";
    let told = format!("Bearer realm=\"{realm}\",service=\"r\",scope=\"{scope}\"");
    answer(401, &format!("WWW-Authenticate: {told}\r\n"), b"")
}

/// A registry that lets in whoever has one of its tokens, each of which is good for `uses`.
fn giving(uses: usize) -> Server {
    let (given, used) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Server::start(move |asked: &Asked| {
        let host = asked.header("host").unwrap();
        if asked.line.contains("/token") {
            used.store(0, Ordering::SeqCst);
            let token = format!(r#"{{"token":"t{}"}}"#, given.fetch_add(1, Ordering::SeqCst) + 1);
            return answer(200, "", token.as_bytes());
        }
        let good = format!("Bearer t{}", given.load(Ordering::SeqCst));
        match asked.header("authorization") {
            Some(token) if token == good && used.fetch_add(1, Ordering::SeqCst) < uses => {
                answer(200, &format!("Content-Type: {}\r\n", media::INDEX), MANIFEST)
            }
            _ => challenge(&format!("http://{host}/token?from=x")),
        }
    })
}

#[test]
fn a_token_is_asked_for_once_and_again_when_it_is_over() {
    let server = giving(2);
    let reference = server.at("team/app:1");
    let client = plain(&reference, &WHO);
    for _ in 0..3 {
        client.manifest(&reference).unwrap();
    }
    let asked = server.asked();
    let tokens: Vec<&Asked> = asked.iter().filter(|it| it.line.contains("/token")).collect();
    assert_eq!(tokens.len(), 2);
    let wanted = "GET /token?from=x&service=r&scope=repository%3Ateam%2Fapp%3Apull";
    assert_eq!(tokens[0].line, wanted);
    assert_eq!(tokens[0].header("authorization"), Some(BASIC));
    let manifests = asked.iter().filter(|it| it.line.contains("manifests"));
    // The password goes to who gives tokens, and never with a request.
    for asked in manifests {
        assert_ne!(asked.header("authorization"), Some(BASIC));
    }
}

#[test]
fn who_has_no_credentials_asks_as_anybody() {
    let server = giving(9);
    let reference = server.at("team/app:1");
    plain(&reference, &[]).manifest(&reference).unwrap();
    let asked = server.asked();
    let token = asked.iter().find(|it| it.line.contains("/token")).unwrap();
    assert_eq!(token.header("authorization"), None);
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = giving(9);
    let home = Images::new();
    let auths =
        format!(r#"{{"auths":{{"127.0.0.1:{}":{{"identitytoken":"id+1"}}}}}}"#, server.port);
    std::fs::write(home.path().join("config.json"), auths).unwrap();
    let directory = home.path().display().to_string();
    let reference = server.at("team/app:1");
    plain(&reference, &[("DOCKER_CONFIG", &directory)]).manifest(&reference).unwrap();
    let asked = server.asked();
    let token = asked.iter().find(|it| it.line.contains("/token")).unwrap();
    let form = String::from_utf8(token.body.clone()).unwrap();
    assert!(token.line.starts_with("POST") && form.contains("refresh_token=id%2B1"), "{form}");
    assert!(form.contains("scope=repository%3Ateam%2Fapp%3Apull"), "{form}");
}

#[test]
fn credentials_do_not_go_in_plain_text_to_somebody_else() {
    let server = Server::start(|_| challenge("http://tokens.example/token"));
    let reference = server.at("team/app:1");
    let error = plain(&reference, &WHO).manifest(&reference).unwrap_err().to_string();
    assert!(error.contains("plain text; they are not sent"), "{error}");
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), None);
    }
}

#[test]
fn credentials_stay_where_a_registry_leads_elsewhere() {
    let elsewhere =
        Server::start(|_| answer(200, &format!("Content-Type: {}\r\n", media::INDEX), MANIFEST));
    let port = elsewhere.port;
    let server = Server::start(move |asked: &Asked| match asked.header("authorization") {
        None => answer(401, "WWW-Authenticate: Basic realm=r\r\n", b""),
        Some(_) => answer(307, &format!("Location: http://127.0.0.1:{port}/there?sig=s\r\n"), b""),
    });
    let reference = server.at("team/app:1");
    plain(&reference, &WHO).manifest(&reference).unwrap();
    assert_eq!(server.asked().last().unwrap().header("authorization"), Some(BASIC));
    let [there] = &elsewhere.asked()[..] else { panic!("asked once") };
    assert_eq!((there.line.as_str(), there.header("authorization")), ("GET /there?sig=s", None));
}

#[test]
fn who_is_led_to_asks_for_credentials_in_vain() {
    let elsewhere = Server::start(|asked: &Asked| {
        challenge(&format!("http://{}/token", asked.header("host").unwrap()))
    });
    let port = elsewhere.port;
    let location = format!("Location: http://127.0.0.1:{port}/there\r\n");
    let server = Server::start(move |_| answer(307, &location, b""));
    let reference = server.at("team/app:1");
    let error = plain(&reference, &WHO).manifest(&reference).unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
    assert!(elsewhere.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[test]
fn a_token_that_is_none_is_refused() {
    for given in [&b"{}"[..], b"no json", br#"{"token":""}"#, br#"{"token":"a\r\nX: y"}"#] {
        let server = Server::start(move |asked: &Asked| match asked.line.contains("/token") {
            true => answer(200, "", given),
            false => challenge(&format!("http://{}/token", asked.header("host").unwrap())),
        });
        let reference: Reference = server.at("team/app:1");
        let error = plain(&reference, &WHO).manifest(&reference).unwrap_err().to_string();
        assert!(error.contains("gives no") || error.contains("gives none"), "{error}");
    }
}

#[test]
fn what_a_registry_repeats_of_a_secret_is_not_shown() {
    let server = Server::start(|asked: &Asked| match asked.header("authorization") {
        None => answer(401, "WWW-Authenticate: Basic realm=r\r\n", b""),
        Some(sent) => answer(400, "", format!("you are {sent}, or open sesame").as_bytes()),
    });
    let reference = server.at("team/app:1");
    let error = plain(&reference, &WHO).manifest(&reference).unwrap_err();
    assert!(error.to_string().ends_with("you are Basic …, or …"), "{error}");
}
