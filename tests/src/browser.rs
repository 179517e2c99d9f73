//! A real browser, driven over its own protocol on a pipe: no driver to install, and it works with scripts switched off.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// Chromium reads commands on descriptor 3 and answers on 4; a shell ties them to its own input and output.
const LAUNCH: &str = r#"exec chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-dev-shm-usage --user-data-dir="$0" --remote-debugging-pipe about:blank 3<&0 4>&1 >/dev/null 2>&1"#;

/// A browser with one page.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: Value,
    last: u64,
    /// Whether a page has loaded since somebody began to wait for one.
    loaded: bool,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts the browser with a window of that width; scripts run or do not.
    pub fn start(width: u32, scripts: bool) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let child = Command::new("sh").args(["-c", LAUNCH]).arg(profile.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("a shell starts");
        let commands = child.stdin.take().expect("a pipe in");
        let answers = BufReader::new(child.stdout.take().expect("a pipe out"));
        let mut browser = Self { child, commands, answers, session: Value::Null, last: 0, loaded: false, _profile: profile };
        let target = browser.ask("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        browser.session = browser.ask("Target.attachToTarget", &json!({"targetId": target, "flatten": true}))["sessionId"].clone();
        browser.ask("Page.enable", &json!({}));
        browser.ask("Emulation.setScriptExecutionDisabled", &json!({"value": !scripts}));
        browser.ask("Emulation.setDeviceMetricsOverride", &json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}));
        browser
    }

    /// Opens an address and waits until the page has loaded.
    pub fn open(&mut self, address: &str) {
        self.loaded = false;
        let opened = self.ask("Page.navigate", &json!({"url": address}));
        assert!(opened["errorText"].is_null(), "{address}: {opened}");
        self.wait_for_the_page();
    }

    fn wait_for_the_page(&mut self) {
        while !self.loaded {
            self.read();
        }
    }

    /// The page as it now stands, as HTML.
    pub fn html(&mut self) -> String {
        let document = self.ask("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
        self.ask("DOM.getOuterHTML", &json!({"nodeId": document}))["outerHTML"].as_str().expect("HTML").to_owned()
    }

    /// How wide the content is: wider than the window means that it must be scrolled sideways.
    pub fn content_width(&mut self) -> u64 {
        self.ask("Page.getLayoutMetrics", &json!({}))["cssContentSize"]["width"].as_u64().expect("a width")
    }

    /// Goes to an element that takes keys.
    pub fn focus(&mut self, selector: &str) {
        let document = self.ask("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
        let found = self.ask("DOM.querySelector", &json!({"nodeId": document, "selector": selector}))["nodeId"].clone();
        assert_ne!(found, 0, "no {selector} on the page");
        self.ask("DOM.focus", &json!({"nodeId": found}));
    }

    /// Types a text, as a person would, in the place of what stands there; in a list that goes to the entry that begins so.
    pub fn write(&mut self, text: &str) {
        self.ask("Input.dispatchKeyEvent", &json!({"type": "keyDown", "key": "a", "modifiers": 2, "commands": ["selectAll"]}));
        self.ask("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": "a", "modifiers": 2}));
        for letter in text.chars() {
            self.ask("Input.dispatchKeyEvent", &json!({"type": "keyDown", "key": letter, "text": letter}));
            self.ask("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": letter}));
        }
    }

    /// Presses a key that leads to another page, and waits until that has loaded.
    pub fn follow(&mut self, key: &str) {
        self.loaded = false;
        self.press(key);
        self.wait_for_the_page();
    }

    /// Presses a key, as a person would.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            other => panic!("no key {other}"),
        };
        let event = |kind: &str| json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.ask("Input.dispatchKeyEvent", &event("keyDown"));
        self.ask("Input.dispatchKeyEvent", &event("keyUp"));
    }

    /// What a script on the page gives, once it is there; only where scripts run.
    pub fn evaluate(&mut self, script: &str) -> Value {
        let answer = self.ask("Runtime.evaluate", &json!({"expression": script, "returnByValue": true, "awaitPromise": true}));
        assert!(answer["exceptionDetails"].is_null(), "the script fails: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": parameters});
        if !self.session.is_null() {
            command["sessionId"] = self.session.clone();
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("chromium takes commands (apt-get install chromium)");
        loop {
            let message = self.read();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.answers.read_until(0, &mut bytes).expect("chromium answers");
        assert!(bytes.pop() == Some(0), "chromium has gone, or is not installed (apt-get install chromium)");
        let message: Value = serde_json::from_slice(&bytes).expect("an answer in JSON");
        self.loaded |= message["method"] == "Page.loadEventFired";
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
