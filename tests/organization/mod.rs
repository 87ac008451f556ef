//! Organizations: members and invitations.
mod invitation;
mod member;
