//! What goes wrong around a server: it is killed, its database stops, its disk is full, its clients misbehave.
mod full;
mod gone;
mod killed;
mod load;
mod locked;
mod memory;
mod outage;
mod slow;
mod socket;
mod stopped;
mod store;
