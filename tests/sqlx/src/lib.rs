//! What the tests of transactional steps share.
