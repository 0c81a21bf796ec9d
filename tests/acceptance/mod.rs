//! What Concourse, upstream and a team see of the three binaries, run as processes.

mod again;
mod answers;
mod bombs;
mod bombs_in_files;
mod deadlines;
mod forty_notices;
mod image;
mod import;
mod includes;
mod kernel;
mod network;
mod other_notices;
mod outages;
mod partners;
mod partners_hostile;
mod partners_model;
mod partners_status;
mod product;
mod protocol;
mod put;
mod real_notices;
mod status;
mod surroundings;
mod upstream;
mod writers;
mod wrong_input;
