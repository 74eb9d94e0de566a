//! Headless Chromium, driven over WebDriver (JSON over HTTP) by as much of it as the tests need.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A browser with one window; closed when the test ends.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: tempfile::TempDir,
}

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Browser {
    /// Starts a browser. Without chromium and chromedriver it says so and gives none, and in CI it fails.
    pub(crate) fn start(scripts: Scripts) -> Option<Self> {
        let (Some(chromium), Some(chromedriver)) = (installed("chromium"), installed("chromedriver")) else {
            let wanted = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let missing = "chromium and chromedriver are not installed (Debian packages chromium and chromium-driver)";
            assert!(!wanted("CI") && !wanted("SYNCTABLE_REQUIRE_BROWSER"), "{missing}");
            println!("SKIPPED: {missing}");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new(chromedriver)
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map(Result::unwrap)
            .find_map(|line| line.split_once(" successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver tells its port");
        let mut browser = Self { driver, port, session: String::new(), profile };
        let javascript = if scripts == Scripts::On { 1 } else { 2 };
        let arguments = [
            "--headless=new".to_owned(),
            // Chromium refuses its sandbox to root, and containers have a small /dev/shm.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--window-size=1280,860".to_owned(),
            "--lang=en".to_owned(),
            format!("--user-data-dir={}", browser.profile.path().join("profile").display()),
        ];
        let session = browser.call(
            "/session",
            &json!({"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "unhandledPromptBehavior": "ignore",
                "timeouts": {"script": 30_000, "pageLoad": 60_000},
                "goog:chromeOptions": {
                    "binary": chromium,
                    "args": arguments,
                    "prefs": {"profile.managed_default_content_settings.javascript": javascript},
                },
            }}}),
        );
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    /// Asks the driver. An answer ends with its length and not with its connection, which a browser started by the driver inherits.
    fn ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        stream.write_all(format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").as_bytes())?;
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while answer.read_line(&mut line)? > 0 && !line.trim_end().is_empty() {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        Ok(serde_json::from_slice::<Value>(&body)?["value"].take())
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", &format!("/session/{}/{path}", self.session), "").unwrap()
    }

    fn call(&self, path: &str, body: &Value) -> Value {
        let value = self.ask("POST", path, &body.to_string()).unwrap();
        assert!(value["error"].is_null(), "{path}: {value}");
        value
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        self.call(&format!("/session/{}/{name}", self.session), body)
    }

    /// Goes to an address and waits until the page is there.
    pub(crate) fn open(&self, url: &str) {
        self.command("url", &json!({"url": url}));
    }

    /// Runs the body of a function in the page and returns its result.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Starts to wait for a condition of the page, an expression that is looked at after each change of the document.
    pub(crate) fn expect(&self, condition: &str) {
        self.run(
            &format!(
                "window.expected = new Promise((done) => {{
                    const look = () => {{ if ({condition}) {{ watcher.disconnect(); done(true); }} }};
                    const watcher = new MutationObserver(look);
                    watcher.observe(document, {{subtree: true, childList: true, characterData: true, attributes: true}});
                    look();
                }});"
            ),
            &[],
        );
    }

    /// Waits until the condition holds that was expected.
    pub(crate) fn meet(&self) {
        let met = self.command(
            "execute/async",
            &json!({"script": "window.expected.then(arguments[arguments.length - 1])", "args": []}),
        );
        assert_eq!(met, json!(true));
    }

    /// The text of an element as it is seen; WebDriver asks the browser for it, so it works without scripts.
    pub(crate) fn text(&self, selector: &str) -> String {
        self.get(&format!("element/{}/text", self.find(selector))).as_str().unwrap().to_owned()
    }

    fn find(&self, selector: &str) -> String {
        let found = self.command("element", &json!({"using": "css selector", "value": selector}));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// Follows a link.
    pub(crate) fn click(&self, selector: &str) {
        self.command(&format!("element/{}/click", self.find(selector)), &json!({}));
    }

    /// Tells whether a page has opened a dialog.
    pub(crate) fn has_dialog(&self) -> bool {
        self.get("alert/text")["error"] != "no such alert"
    }

    /// Looks at pages as a device of another size or another taste does.
    pub(crate) fn appear(&self, width: u32, height: u32, scheme: &str) {
        let devtools = |command: &str, parameters: Value| {
            self.command("goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
        };
        devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        let mobile = width < 600;
        devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": if mobile { 2 } else { 1 }, "mobile": mobile}),
        );
    }

    /// Writes what is seen to `target/screenshots/NAME.png` and says where.
    pub(crate) fn screenshot(&self, name: &str) {
        let image = self.get("screenshot");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, STANDARD.decode(image.as_str().unwrap()).unwrap()).unwrap();
        println!("screenshot: {}", file.display());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ends the browser, which would outlive its driver.
            let _ = self.ask("DELETE", &format!("/session/{}", self.session), "");
        }
        let _ = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ = self.driver.wait();
    }
}
