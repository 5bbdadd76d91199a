//! Clients in the form of generated code.

use restate_core::{Call, Channel, Target, well_known::StringValue};

/// Calls a plain service.
pub struct GreeterClient<C>(pub C);

impl<C: Channel> GreeterClient<C> {
    pub fn greet(&self, name: &str) -> Call<C, String, String> {
        Call::new(&self.0, Target::service("greeter.v1.Greeter", "Greet"), name.into())
    }

    /// With messages for request and response.
    pub fn echo(&self, text: &str) -> Call<C, StringValue, StringValue> {
        let target = Target::service("greeter.v1.Greeter", "Echo");
        Call::new(&self.0, target, StringValue { value: text.into() })
    }

    /// Without request and response.
    pub fn ping(&self) -> Call<C, (), ()> {
        Call::new(&self.0, Target::service("greeter.v1.Greeter", "Ping"), ())
    }
}

/// Calls an object, or a workflow, by key.
pub struct SignupClient<C>(pub C, pub &'static str);

impl<C: Channel> SignupClient<C> {
    pub fn run(&self, email: &str) -> Call<C, String, bool> {
        Call::new(&self.0, Target::object("Signup", self.1, "Run"), email.into())
    }
}
