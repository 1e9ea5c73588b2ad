//! The list of kinds of event: each once, with its data, its `type` in the contract and in the store, and what is said of it.
//! A kind of event is a line here, its data with [`Kind`](super::Kind), and the function that decides it.

/// Hands the list to another macro, which makes its own part of it. `gives`: somebody gives something with it, so that nobody may
/// do it for their own account. `decided_by`: the function of one decision that carries it out. `line`: what happened, in one
/// line for whoever looks at a member.
macro_rules! kinds {
    ($then:ident) => {
        $then! {
            /// The order turned out to be another member's.
            OrderLeft(OrderLeft) = "order.left" {
                gives: false, decided_by: leave, line: |left| format!("order {} is another member's", left.order_id)
            }
            /// Points given or taken by hand.
            Adjustment(Adjustment) = "adjustment" {
                gives: true, decided_by: adjust, line: |_| "adjusted by hand".to_owned()
            }
            /// The member became one.
            Joined(Joined) = "member.joined" { gives: false, decided_by: join, line: |_| "joined".to_owned() }
            /// Somebody who became a member by buying accepts to be one.
            Accepted(Accepted) = "member.accepted" { gives: false, decided_by: accept, line: |_| "accepted to be a member".to_owned() }
            /// Facts of the member that the ledger itself uses were changed.
            Changed(Joined) = "member.changed" { gives: false, decided_by: know, line: |_| "facts changed".to_owned() }
            /// The profile system's segments, whole.
            Segments(Segments) = "segments" { gives: true, decided_by: see, line: |seen| seen.line() }
            /// A text was written for the member, by a model or from its template.
            TextWritten(TextWritten) = "text.written" {
                gives: false, decided_by: write,
                line: |text| format!("text {} written ({})", text.text_id, text.language)
            }
            /// Somebody asked to send a message.
            MessageRequested(MessageRequested) = "message.requested" {
                gives: false, decided_by: request, line: |message| format!("message {} asked for", message.text_id)
            }
            /// Something of the member fell due.
            TimePassed(TimePassed) = "time.passed" {
                gives: false, decided_by: pass, line: |_| "something fell due".to_owned()
            }
            /// Points set aside for a payment.
            HoldMade(HoldMade) = "hold.made" {
                gives: false, decided_by: hold, line: |hold| format!("{} set aside", counted(hold.points, "point"))
            }
            /// A hold became a payment, in full or in part.
            HoldCaptured(HoldCaptured) = "hold.captured" {
                gives: false, decided_by: capture, line: |_| "points set aside were paid".to_owned()
            }
            /// A hold was given back.
            HoldReleased(HoldReleased) = "hold.released" {
                gives: false, decided_by: release, line: |_| "points set aside were given back".to_owned()
            }
            /// Expired points were given back by a marketer.
            Reactivated(Reactivated) = "points.reactivated" {
                gives: true, decided_by: reactivate, line: |_| "expired points given back".to_owned()
            }
            /// A reward was taken from the catalogue.
            Claimed(mechanics::rewards::Claimed) = "reward.claimed" {
                gives: true, decided_by: claim, line: |claim| format!("took reward {}", claim.reward)
            }
            /// The member left the programme, or came back.
            Membership(Membership) = "member.left" { gives: true, decided_by: membership, line: |wanted| wanted.line() }
            /// The member chose what becomes of points by themselves.
            Savings(mechanics::savings::Chosen) = "member.savings" { gives: false, decided_by: choose, line: |chosen| chosen.line() }
            /// Enough points were there: they turn into the programme's coupon, if the member still wants that.
            Converted(mechanics::rewards::Claimed) = "points.converted" {
                gives: false, decided_by: convert, line: |claim| format!("points turned into {}", claim.reward)
            }
            /// It is the member's birthday.
            Birthday(mechanics::birthdays::Birthday) = "birthday" { gives: false, decided_by: celebrate, line: |_| "birthday".to_owned() }
            /// What orders and events up to here give to measures that count the past.
            PastCounted(measures::PastCounted) = "past.counted" {
                gives: false, decided_by: take_over_past, line: |_| "the past was counted for goals".to_owned()
            }
            /// The table of segments changed, and somebody looked whom it concerns.
            SegmentsLooked(mechanics::segments::SegmentsLooked) = "segments.looked" {
                gives: false, decided_by: look_at_segments, line: |_| "segments looked at".to_owned()
            }
            /// The member takes part in a challenge.
            ChallengeJoined(mechanics::challenges::ChallengeJoined) = "challenge.joined" {
                gives: false, decided_by: join_challenge, line: |joined| format!("takes part in {}", joined.challenge)
            }
            /// Steps of a challenge were added or taken by hand.
            ChallengeCorrected(mechanics::challenges::ChallengeCorrected) = "challenge.corrected" {
                gives: true, decided_by: correct_challenge,
                line: |corrected| format!("{} steps of {} by hand", corrected.steps, corrected.challenge)
            }
            /// Tier and badge of a challenge that was a mistake were ended.
            ChallengeWithdrawn(mechanics::challenges::ChallengeWithdrawn) = "challenge.withdrawn" {
                gives: true, decided_by: withdraw_challenge,
                line: |withdrawn| format!("tier and badge of {} ended", withdrawn.challenge)
            }
            /// A challenge, a tier or a rule gives a reward, or does not any more.
            RewardGiven(mechanics::rewards::RewardGiven) = "reward.given" {
                gives: true, decided_by: settle_reward, line: |given| format!("reward {} of {}", given.reward, given.cause.words())
            }
            /// A claim was handed over, or its issuer confirmed it.
            ClaimFulfilled(mechanics::rewards::ClaimStep) = "claim.fulfilled" {
                gives: true, decided_by: fulfil, line: |_| "a reward was handed over".to_owned()
            }
            /// A claim was cancelled: points and stock go back.
            ClaimCancelled(mechanics::rewards::ClaimStep) = "claim.cancelled" {
                gives: true, decided_by: cancel, line: |_| "a reward was cancelled".to_owned()
            }
            /// A code was used.
            CodeRedeemed(mechanics::codes::CodeUse) = "code.redeemed" {
                gives: true, decided_by: redeem_code, line: |used| format!("code {} used", used.code)
            }
            /// A code's use was given back.
            CodeReleased(mechanics::codes::CodeUse) = "code.released" {
                gives: true, decided_by: release_code, line: |used| format!("code {} given back", used.code)
            }
            /// A challenge or a rule gives a code, or does not any more.
            CodeGiven(mechanics::codes::CodeGiven) = "code.given" {
                gives: true, decided_by: settle_code, line: |given| format!("code of {} of {}", given.offer, given.cause.words())
            }
            /// A tier was granted by hand or by a challenge, until its own end.
            TierGranted(TierGranted) = "tier.granted" {
                gives: true, decided_by: grant_tier, line: |grant| format!("tier {} granted", grant.tier)
            }
            /// The member turned out to be another one: everything it has moves there.
            Merged(Merged) = "member.merged" {
                gives: true, decided_by: merge, line: |merged| format!("turned out to be {}", merged.into)
            }
            /// What another member had comes here.
            Absorbed(Box<Absorbed>) = "member.absorbed" {
                gives: false, decided_by: absorb, line: |absorbed| format!("took over {}", absorbed.from)
            }
            /// A merge is undone: what is left of the other's goes back.
            Unmerged(Unmerged) = "member.unmerged" {
                gives: true, decided_by: unmerge, line: |unmerged| format!("{} goes its own way again", unmerged.from)
            }
            /// The member is on its own again.
            Restored(Box<Absorbed>) = "member.restored" {
                gives: false, decided_by: restore, line: |_| "on its own again".to_owned()
            }
            /// The member may earn to pending only, or may spend again.
            Restricted(Restricted) = "member.restricted" {
                gives: true, decided_by: restrict, line: |wanted| wanted.line()
            }
            /// A member that another programme knew.
            MemberImported(MemberImported) = "member.imported" {
                gives: true, decided_by: member_of_the_past, line: |_| "came from another programme".to_owned()
            }
            /// Points that a member brought from there.
            Opening(Box<Opening>) = "points.opening" {
                gives: true, decided_by: bring, line: |opening| format!("brought {}", counted(opening.points, "point"))
            }
            /// An order from before.
            OrderImported(Box<OrderImported>) = "order.imported" {
                gives: true, decided_by: order_of_the_past, line: |past| format!("order {} from before", past.order_id)
            }
        }
    };
}
pub(in crate::loyalty) use kinds;
