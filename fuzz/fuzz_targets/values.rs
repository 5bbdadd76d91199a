//! Any bytes as messages, in both encodings: reading does not panic or use up the stack, and what is read
//! and can be written is read again.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use restate_core::{
    Encoding, Payload,
    well_known::{Any, Duration, FieldMask, Int64Value, StringValue, Struct, Timestamp, Value},
};

fuzz_target!(|bytes: &[u8]| {
    let bytes = Bytes::copy_from_slice(bytes);
    for from in [Encoding::Json, Encoding::Proto] {
        survives::<Any>(&bytes, from);
        survives::<Duration>(&bytes, from);
        survives::<FieldMask>(&bytes, from);
        survives::<Int64Value>(&bytes, from);
        survives::<StringValue>(&bytes, from);
        survives::<Struct>(&bytes, from);
        survives::<Timestamp>(&bytes, from);
        survives::<Value>(&bytes, from);
    }
});

fn survives<T: Payload>(bytes: &Bytes, from: Encoding) {
    let Ok(value) = T::decode(bytes.clone(), from) else { return };
    for to in [Encoding::Json, Encoding::Proto] {
        // Not every value has a form in JSON.
        let Ok(written) = value.encode(to) else { continue };
        let again = T::decode(written.clone(), to).expect("it was just written");
        assert_eq!(again.encode(to).expect("it was just read"), written);
    }
}
