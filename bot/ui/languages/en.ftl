# What people read, in English. One message a line; { $names } are filled in. https://projectfluent.org/fluent/guide/

## Waiting, drawing, finished

next-in-line = You are **next** in line
number-in-line = You are **number { $place }** in line
paused-in-line = paused by the operator, your place is kept
ready-soon = ready { $when }
updating = ⏸️ Lienzo is being updated. Your place is kept; it goes on by itself.
drawing = Drawing
almost-there = almost there
costs = costs { $credits }
costs-and-left = costs { $credits } · { $left } left
without = without { $what }
fact-seed = seed **{ $seed }**
fact-seeds = seeds **{ $first }** to **{ $last }**
fact-steps = { $steps } steps
fact-guidance = guidance { $guidance }
fact-variation = variation { $percent }%
fact-image = from a picture, { $percent }% repainted
fact-control = guided by { $name }, { $percent }%
fact-blended = { $count ->
        [one] after a picture
       *[other] after { $count } pictures
    }, { $percent }%
fact-mask = from a picture, { $percent }% repainted inside a mask
fact-comparison = compared: { $values }
fact-upscaled = upscaled { $times }×
unknown-words = This small demonstration model does not know { $words }. It draws simple things; for everything else, give Lienzo a real checkpoint (see the README).
ready-late = { $member }, your picture is ready:
exhibit = ⭐ **{ $stars }** · by { $member } · [where it was drawn]({ $link })
thread-name = About a picture
preview-alt-text = Early look at a picture that { $checkpoint } is drawing from the prompt: { $prompt }
alt-text = Picture drawn by { $checkpoint } from the prompt: { $prompt }
ai-generated = made by AI

## How it may end instead

ended-cancelled = ✖️ Cancelled. It cost nothing.
ended-expired = ⌛ It waited too long and was taken out of the line. It cost nothing.
ended-blocked = 🛡️ This picture was withheld by the safety filter. Try a different prompt.
ended-not-posted = ⚠️ This picture was drawn, but it cannot be posted here. It is in your `/history`, in any channel where Lienzo may answer you.
ended-failed = ⚠️ This picture could not be drawn. It cost nothing; please try again.

## Safety

category-minors_sexual = sexual content and minors
category-age_ambiguous = sexual content with people who may be young
category-sexual = sexual content
category-upload_sexual = sexual content made from somebody's picture
category-real_person_sexual = sexual content with a real person
category-disturbing = disturbing content
category-illegal = illegal things
category-unknown_language = a language that cannot be checked here
category-violence_gore = graphic violence
category-hate = hateful content
category-self_harm = self-harm
category-other = { $category }
blocked-unavailable = The safety check is unavailable right now, so nothing is shown. It cost nothing; please try later.
blocked-broken_picture = The picture came out broken. It cost nothing; please try again with another seed.
blocked-unchecked = This server's operator has not set up an image check, so the picture is not shown. It cost nothing. (Operator: run `lienzo doctor`.)
blocked-image = The picture was withheld by the safety filter: { $what }. Try a different prompt.
blocked-prompt = This prompt was refused by the safety filter: { $what }. Nothing was charged.

## Refusals

refused-request = ⚠️ **{ $option }**: { $why }. Nothing was charged.
refused-setting = ⚠️ **{ $option }**: { $why }. Nothing was changed.
refused-not-manager = Only members who may manage this server can do that (the permission is called Manage Server).
refused-not-operator = Only whoever runs this Lienzo can do that (`[queue] operators` in its settings).
refused-not-yours-but-remix = This picture is somebody else's. To make your own of it: right-click the message (or press it for long), then **Apps**, then **{ $menu }**.
refused-not-yours = Only the person who asked for this picture can do that.
refused-not-found = I know nothing about this picture any more.
refused-finished = Too late: this picture is finished already.
refused-over = Too late: this picture is { $state } already.
refused-models-busy = Lienzo is still answering; please try again in a moment.
refused-nothing-selected = 🔎 I found nothing in the picture that is { $words }. Try other words, a single thing in plain English does best: *the dog*, *red car*.
refused-all-selected = 🔎 The whole picture seems to be { $words }: there is nothing around it. Try the name of a smaller thing.
refused-nothing-to-say = Nothing came of it that can be shown here. Please try again, or with other words.
refused-closing = Lienzo is being restarted; please ask again in a minute. Nothing was charged.
unexpected = ⚠️ Something went wrong on our side.
unexpected-reference = ⚠️ Something went wrong on our side. If you tell the operator about it, say `{ $reference }`.
state-queued = waiting
state-running = being drawn
state-posting = being posted
state-done = done
state-failed = failed
state-cancelled = cancelled
state-blocked = blocked
state-expired = expired

## Why an option is refused

invalid-empty = it is empty; say what to draw
invalid-too-long = { $count } characters are too many; at most { $most }
invalid-outside = { $given } is not possible; use { $least } to { $most }
invalid-not-number = “{ $given }” is not possible; use a number from { $least } to { $most }
invalid-not-whole-number = “{ $given }” is not possible; use a whole number from { $least } to { $most }
invalid-no-size = “{ $given }” is no size; write width and height in pixels like 512x512
invalid-not-multiple = { $pixels } is not a multiple of { $multiple } pixels
invalid-too-big = { $size } is too big for { $checkpoint }; at most { $most } pixels in all, it is good at { $sizes }
invalid-nothing-larger = { $checkpoint } draws nothing larger than this
invalid-too-many-pictures = { $given } pictures at once are not possible; use 1 to { $most }
invalid-no-checkpoint = “{ $name }” is no checkpoint here; there are: { $known }
invalid-no-lora = “{ $name }” is no LoRA for { $checkpoint } here; there are: { $known }
invalid-loras = name each LoRA once, and at most { $most }
invalid-too-many-variations = it has been varied often enough; at most { $most } times in a row
invalid-no-control = choose a ControlNet for { $checkpoint }; there are: { $known }
invalid-needs-control-image = it needs a picture that says where things are; add one as control_image
invalid-no-blend = choose an IP-adapter for { $checkpoint }; there are: { $known }
invalid-needs-image = it needs a picture to start from; add one as image
invalid-black-mask = it is black everywhere; paint white what is to be repainted
invalid-mask-of-other-size = it has { $mask } pixels and the picture { $image }; paint the mask over the picture itself, so that both are of one size
invalid-cut-off = it lies in what this size cuts off the picture; choose another size
invalid-with-mask = it paints around the picture, and a mask inside it; leave out one of the two
invalid-masked-hires = a masked picture is not enlarged in the same go; enlarge the finished one
invalid-no-strength = { $given } is not possible; use more than 0 and at most 1
invalid-no-whole-step = { $given } of { $steps } steps is no whole step; use { $least } or more
invalid-too-many-bytes = { $mib } MiB are too many; at most { $most } MiB
invalid-too-many-pixels = too many pixels; at most { $most } million
invalid-too-large = { $given } pixels are too many; at most { $side } on a side and { $most } million in all
invalid-too-small = { $given } pixels are too few; at least { $side } on each side
invalid-unreadable = this cannot be read as a picture; send a whole PNG, JPEG, WebP or GIF file
invalid-not-handed-over = Discord did not hand over the file; please try again
invalid-not-kept = what this picture started from is not kept any more
invalid-no-uploads = pictures to start from are not taken here, for nothing checks them
invalid-no-number = use the number that `/queue list` shows
invalid-wrong-channel = pictures are asked for in { $channels } in this server
invalid-not-here = “{ $name }” is not allowed here; there are: { $known }
invalid-no-uploads-here = pictures to start from are not taken here
invalid-uploads-of-role = pictures to start from are taken here only from members of { $role }
invalid-no-preset = this server has no style “{ $name }”; there are: { $known }
invalid-too-long-with-preset = with the style “{ $name }” it becomes { $count } characters long; at most { $most }
invalid-not-comparable = it cannot be compared; these can: { $known }
invalid-how-many-values = name two to { $most } different values with commas between them
invalid-no-value = “{ $given }” is no value of { $parameter }
invalid-for-adults = “{ $name }” was made for adults; ask for it in an age-restricted channel
invalid-other = { $message }
setting-no-bonus = whoever runs this Lienzo allows no bonus
setting-more-than-nothing = give more than 0
setting-from-to = use { $least } to { $most }
setting-bonus-ceiling = a member may hold at most { $most } unused and they hold { $held }
setting-gift-in-server = choose a member of this server
setting-too-little-to-give = only bonus credits of your own can be given away; here you have { $left }
setting-above-ceiling = { $given } are too many; whoever runs this Lienzo allows one member { $most } in 24 hours
setting-above-server-ceiling = { $given } are too many; whoever runs this Lienzo allows the whole server { $most } in 24 hours
setting-not-a-window = write it like 10 minutes, 24 hours or 7 days, from 1 minute to 31 days
setting-credits-or-unlimited = say how many, or set unlimited
setting-policy-not-set = choose one of those that `/settings quota show` lists
setting-not-there = “{ $name }” is not there; there are: { $known }
setting-no-size = “{ $given }” is no size; write width and height in pixels like 512x512
setting-not-multiple = { $given }: width and height must be multiples of { $multiple }
setting-too-big = { $given } is more than any model here can; at most { $most } pixels in all
setting-too-long = { $count } characters are too many; at most { $most }
setting-of-server-only = this is for the whole server, not for one channel
setting-no-preset = this server has no style “{ $name }”; `/preset list` shows them
setting-no-preset-name = use 1 to { $most } letters, digits, spaces and . ' & + -
setting-preset-there = there is a style “{ $name }” already; `/preset edit` changes it
setting-too-many-presets = this server has { $most } styles, and that is the most; remove one first
setting-empty-preset = say what it adds

## Buttons and forms

cancel = Cancel
draw = Draw
draw-it = Draw it?
question-over = This question is over; please ask again. Nothing was charged.
question-left = Left alone. Nothing was charged.
older = Older
newest = Newest
action-reroll = Reroll
action-vary = Vary
action-upscale = Upscale
action-edit = Edit
action-favourite = Favourite
action-info = Info
action-delete = Delete
short-vary = V
short-upscale = U
field-prompt = What to draw
field-negative_prompt = What to keep out of it
field-seed = Seed (empty: a new one)
field-steps = Steps
field-guidance = Guidance: how closely to follow the prompt
edit-title = Edit this picture
remix-title = Make your own of it
menu-remix = Remix
menu-upscale = Upscale
menu-send = Send to me
sent-to-you = ✉️ Sent to you as a direct message.
not-sent-to-you = ✉️ You do not take direct messages from me: allow them in the privacy settings of this server, then try again.
menu-info = Image info

## Pictures that are there

kind-imagine = imagined
kind-reroll = rerolled
kind-variation = varied
kind-upscale = upscaled
kind-edit = edited
kind-remix = remixed
info-prompt = 🖼️ **Prompt** { $prompt }
info-without = **Without** { $prompt }
info-asked = asked by { $member } { $when } · number `{ $number }`
info-drawn = drawn in { $seconds } s
info-ancestors = **Made from** { $list }
info-children = **Made of it** { $list }
file-says = The file says:
file-says-nothing = Nothing is known about this picture: I did not draw it, and it carries no parameters.
file-not-kept = Its file is not kept any more.
favoured = ⭐ It is one of your favourites now: `/favourites` shows them.
not-favoured = It is no favourite of yours any more.
deleted = 🗑️ Deleted. It is in nobody's history any more.
taken-away = 🗑️ Deleted.
history-title = ### 🗂️ Your pictures
favourites-title = ### ⭐ Your favourites
searched = with { $words }
no-history = You have not drawn anything yet. Try `/imagine`!
no-favourites = You have no favourites yet: the button ⭐ under a picture makes it one.
no-older = That was the oldest one.
nothing-such = There is nothing of that kind.
nothing-found = Nothing with { $words } in its prompt.

## Credits

credits = { $count ->
    [one] { $amount } credit
   *[other] { $amount } credits
 }
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
 }
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
span-seconds = { $count } seconds
too-many-waiting = ⏳ You have { $waiting } pictures waiting already; at most { $most } at a time. Ask again when one of them is finished.
server-line-full = ⏳ { $waiting } pictures wait in this server already; at most { $most } may. Ask again when some of them are drawn. Nothing was charged.
not-enough = 🪙 This picture costs { $cost } and { $have } of { $whole } ({ $origin }). { $when }
in-window = { $credits } in { $span }
server-has-left = this server has { $credits } left
you-have-left = you have { $credits } left
you-have-left-with-bonus = you have { $credits } left with your bonus
enough-at = There is enough for it { $in } ({ $at }).
enough-never = It is more than is allowed at all: ask for fewer steps or a smaller size.
enough-not-without-more = Without a bonus or a role that allows more, nothing can be drawn.
origin-operator = set by this Lienzo's operator for everyone
origin-ceiling = the most that this Lienzo's operator allows one member
origin-operator-pool = what this Lienzo's operator allows the whole server
origin-member = set for this server's members
origin-role = for your role { $role }
origin-pool = shared by this whole server
window = **{ $left }** left of { $whole } in { $span } · { $origin }
window-returns = the next come back { $when }
credits-of = Credits of { $member }:
unlimited = 🪙 **Unlimited**
unlimited-for-role = 🪙 **Unlimited** for the role { $role }
bonus = 🎁 **{ $credits }** of bonus, until { $until }
bonus-for-everybody = 🎁 **{ $credits }** of bonus for everybody here, until { $until }
waiting-of = ⏳ { $waiting } of at most { $most } waiting or being drawn.
that-costs = 🪙 That costs **{ $credits }**; you have { $left }.
that-costs-unlimited = 🪙 That costs **{ $credits }**; you have as many as you like.
granted = 🎁 { $member } may use { $credits } more in this server until { $until }.
grant-announced = 🎁 { $member }, you were given **{ $credits }** of bonus, until { $until }. Enjoy!
gift-announced = 🎁 { $member }, { $giver } gave you **{ $credits }** of bonus, until { $until }. Enjoy!
every-member = every member
the-whole-server = the whole server
policy-unlimited = unlimited
policy-waiting = { $most } waiting at a time
set-by-managers = **Set by this server's managers**
set-by-nobody = nothing; the operator's defaults hold
set-by-whom = by { $member } { $when }
set-by-operator = **Set by this Lienzo's operator**
operator-default = every member: { $credits } in { $span }
operator-default-else = every member: { $credits } in { $span } (where nothing above says otherwise)
operator-waiting = { $most } pictures of one member waiting or being drawn at a time
operator-ceiling = at most { $credits } in 24 hours for one member, whatever is set or granted here
operator-server = at most { $credits } in 24 hours for the whole server
operator-server-waiting = at most { $most } pictures waiting in this server
best-of-all = A member has whichever of the default and their roles leaves them the most.
policy-set = ✅ { $policy }. `/settings quota show` shows everything.
policy-removed = ✅ Removed. `/settings quota show` shows what holds now.

## Styles

preset-added = ✅ { $name } is there. Members choose it with `/imagine preset:`.
preset-changed = ✅ { $name } is changed. What was drawn with it stays as it is.
preset-removed = ✅ { $name } is gone. What was drawn with it stays as it is.
presets-none = This server has no styles yet. Its managers make them with `/preset add`.
presets-here = 🎨 **{ $count } styles**, chosen with `/imagine preset:`
presets-more = … and { $count } more; `/preset list name:` shows one.
preset-title = Edit the style
field-preset-prompt = What it adds; {"{prompt}"}: what is typed
field-preset-negative_prompt = What it keeps out
fact-preset = style { $name }
info-preset = **Style** { $name }: { $prompt }

## A member's own defaults

defaults-none = 🎛️ You have set no defaults: where you type nothing, what is usual there holds. `/defaults set` changes that.
defaults-title = 🎛️ **Where you type nothing, this holds for you:**
default-not-here = does not count here
default-private = only you see it
default-public = everybody sees it
defaults-explained = What is not allowed in a place, or does not go with what you type, is passed over there. `/defaults reset` takes one back, or all.
setting-nothing-given = say at least one of them, for example `size`

## House rules

rules-of-server = 🏠 **How Lienzo works in this server**
rules-of-channel = 🏠 **How Lienzo works in { $channel }**
rules-of-others = Other rules hold in { $channels }.
rules-change = Change one of these …
rules-place = Rules of one channel …
rules-whole-server = The whole server
rules-reset = Reset
rules-back = Back
rules-role = Only members of a role …
rules-field = Empty: as it is without it
gallery-refused = ⚠️ The last picture could not be shown in { $channel }. Lienzo has to see it, to write there and to attach files.
rules-set = ✅ { $setting }
source-operator = operator
source-server = this server
source-channel = this channel
value-every-channel = every channel
value-as-model = as each model likes it
value-none = none
value-on = on
value-off = off
value-never = never
value-above = above { $credits }
value-everyone = everyone
value-nobody = nobody
value-language-of-server = as Discord says of this server
language-en = English
language-es = Spanish
rule-channels = Channels
rule-what-channels = Where Lienzo may be asked; everywhere unless some are chosen
rule-checkpoints = Models
rule-what-checkpoints = Which models members may use
rule-loras = LoRAs
rule-what-loras = Which LoRAs members may add
rule-sizes = Sizes
rule-what-sizes = Which sizes may be asked for, like 512x512; Upscale goes on from there
rule-most_pictures = Pictures at once
rule-what-most_pictures = How many pictures one request may make
rule-most_steps = Steps
rule-what-most_steps = The most steps that may be asked for
rule-checkpoint = Usual model
rule-what-checkpoint = Which model draws when nobody names one
rule-size = Usual size
rule-what-size = Which size is drawn when nobody names one
rule-negative_prompt = Usual negative prompt
rule-what-negative_prompt = What is kept out of pictures when nobody says what
rule-uploads = Pictures to start from
rule-what-uploads = Who may hand in pictures to start from
rule-confirm_above = Ask before drawing
rule-what-confirm_above = Above this cost in credits the member is asked before it is spent
rule-language = Language
rule-what-language = In which language Lienzo speaks where everybody reads
rule-previews = Early looks
rule-what-previews = What a picture becomes is shown while it is drawn
rule-threads = Threads
rule-what-threads = A thread below each finished picture, for talk about it
rule-gallery = Gallery
rule-what-gallery = The channel in which the best-liked pictures are shown
rule-reviews = Channel for moderators
rule-what-reviews = Where they are asked about refused prompts and told of reports
rule-log = Log
rule-what-log = The channel in which everything that moderators do is written
rule-stars = Stars for the gallery
rule-what-stars = How many other members must like a picture before it is shown there
arrival =
    👋 **Lienzo is here.** Type `/imagine` and say what to draw; `/help` is a first lesson.
    🛡️ `/safety show` says what is drawn here and what is not. A picture is reported from its menu: **Apps**, **Report**.
    🏠 Whoever manages the server: `/settings guide` says how to choose channels, models, limits and more.
guide =
    👋 **Lienzo is ready.** This is shown once to whoever manages the server; `/settings guide` shows it again.
    🎨 Members type `/imagine` and say what to draw. Under each picture are its buttons; `/help` is a first lesson.
    🏠 `/settings show` is where you choose channels, models, sizes, limits, a gallery and more, also for one channel. `/settings quota` says how much members may draw, `/preset add` gives them styles.
    🛡️ What is asked and what comes of it is checked, for everybody and always; a refusal is private and says why. `/safety` is where you choose how strictly, `/moderate` what is done about members. Whatever you allow stays within what this Lienzo's operator allows.

## Privacy

holdings-none = 🗂️ Nothing is kept of you.
holdings = 🗂️ Of you Lienzo keeps **{ $generations }** generations{ $since }: what you asked for, the settings, when, where and what became of it; **{ $pictures }** pictures ({ $mebibytes } MiB); and **{ $incidents }** notes that the safety filter stopped something, without its text.
holdings-since = , the first from { $when }
holdings-more = `/privacy export` gives you all of it as a file, `/privacy delete` deletes it. Nothing leaves the computer that this bot runs on, but what is posted here is on Discord.
exported = 🗂️ All that is kept of you.
exported-not-all = 🗂️ All that is kept of you. { $count } older pictures did not fit; ask the operator for them.
forget-question = Delete every prompt, setting and picture of yours that Lienzo keeps? What is waiting or being drawn is cancelled. This cannot be undone.
forget = Delete everything
forgetting = 🗑️ Deleting…
forgotten = 🗑️ Deleted: { $count } generations with their prompts and pictures. Two things stay: how many credits you used in the last weeks (so that quotas stay fair; it goes when it no longer counts), and notes of what the safety filter stopped (without the text). Messages with pictures that were posted are Discord's: delete them there.

## The queue, for operators

queue = 🗂️ { $running } being drawn, { $posting } being posted, { $waiting } waiting
queue-paused-mark = **paused**
queue-drawing = drawing
queue-posting = posting
queue-waiting = waiting
queue-entry = { $title } · { $member } · since { $when } · { $steps } steps, { $size }
queue-more = … and { $count } more { $title }
queue-paused = ⏸️ Paused. What is being drawn is finished; who waits is told, and keeps their place.
queue-resumed = ▶️ It goes on.
queue-draining = ⏳ Paused; waiting for what is being drawn and posted…
queue-drained = ✅ Nothing is being drawn or posted any more. You can stop Lienzo now; `/queue resume` goes on.
queue-not-drained = ⌛ Paused, but something still runs or cannot be posted: see `/queue list`.
queue-cancelled = ✖️ Cancelled.

## Commands, as Discord lists them (at most 100 characters)

command-imagine = Draw a picture of what you describe
option-prompt = What to draw
option-negative_prompt = What to keep out of the picture
option-seed = The same seed and settings give the same picture; leave it out for a surprise
option-size = Width x height; the first is what the model is best at
option-steps = More steps take longer and cost more
option-guidance = How closely to follow the prompt
option-count = How many pictures, with seeds one after the other
option-checkpoint = Which model draws it
option-image = A picture to start from
option-strength = How much of that picture is painted over, 0 to 1
option-mask = White where the picture is repainted, black where it is kept; as large as the picture
option-expand = Paint around the picture: 1.5 shows half as much again, with the picture in the middle
option-lora = A style to add
command-control = Draw with a picture that says where things are: an outline, a pose, a depth map
option-control_image = The picture that says where things are
option-control = Which ControlNet reads it
option-control_strength = How strongly it guides; 1 is as it was made
command-blend = Draw in the manner of pictures, or of several blended
option-first = A picture it is to resemble
option-second = Another one, blended with the first
option-third = A third one
option-blend = Which IP-adapter reads them
option-blend_strength = How much the pictures count beside the words, 0 to 1
command-cutout = What you name in a picture stays, everything around it becomes transparent; only you see it
option-cutout-what = What stays, in a few words of English: the dog
command-repaint = Paint only what you name in a picture anew
option-repaint-what = What is painted over, in a few words of English: the red car
option-lora_strength = How strongly the style acts; 1 is as it was made
option-private = Only you see it
command-preset = Styles of this server: prompts with a name
command-preset-add = Make a style (for managers of this server)
command-preset-edit = Change a style (for managers of this server)
command-preset-remove = Remove a style (for managers of this server)
command-preset-list = The styles of this server
option-preset = A style of this server
option-preset-name = What members choose it by
option-preset-prompt = What it adds to the prompt; {"{prompt}"} stands for what is typed, else it goes behind it
option-preset-negative_prompt = What it keeps out of the picture
option-preset-which = Which one
option-preset-one = One of them, in full
command-defaults = What holds for you where you type nothing
command-defaults-show = What you have set
command-defaults-set = Set one or more; they hold everywhere, as far as a place allows them
command-defaults-reset = Take one back, or all
option-default-which = Which one; all of them if left out
command-history = Your own pictures, newest first
command-favourites = Your favourites, newest first, whoever drew them
option-kind = Only what came to be this way
option-of-checkpoint = Only what this model drew
name-kind = kind
option-search = Words of the prompt, or their beginnings
command-show = One picture, large, with all that can be done with it
option-number = Its number, as the button Info tells it
command-privacy = What Lienzo keeps of you, and your say over it
command-privacy-show = What is kept of you
command-privacy-export = All that is kept of you, as a file
command-privacy-delete = Delete what is kept of you
command-queue = For whoever runs this Lienzo: what waits and runs, and holding it
command-queue-list = What waits and what is being drawn
command-queue-pause = Draw nothing more until resumed; who waits keeps their place, also over a restart
command-queue-resume = Go on after a pause
command-queue-drain = Pause, and say when nothing is being drawn any more
command-queue-cancel = End one generation; it costs nothing
option-generation = The number that /queue list shows
command-quota = Credits: what is left, what things cost, and giving more
command-quota-show = What you have left, where it comes from, and when more returns
command-quota-cost = What a picture would cost, without drawing it
command-quota-give = Give another member some of your own bonus credits
command-quota-of = What a member has left (for managers of this server)
option-of-member = Whose
command-quota-grant = Give a member bonus credits (for managers of this server)
option-grant-member = Who gets them
option-grant-credits = How many; one is a picture of normal size and steps
option-grant-days = For how long they can be used
option-grant-reason = Shown to the member in /quota show
command-settings = For managers of this server: how Lienzo works here
command-settings-quota = How much members may draw here
command-settings-quota-show = What holds here, and where it comes from
command-settings-quota-members = What every member has here
command-settings-quota-role = What members of a role have, if it is more
command-settings-quota-server = What all members of this server have together
command-settings-quota-remove = Take one of these back
option-setting-role = Whose
option-setting-credits = How many in the window; one is a picture of normal size and steps
option-setting-unlimited = As many as they like, up to what the operator allows
option-setting-window = Over how long, for example 10 minutes, 24 hours or 7 days; 24 hours if left out
option-setting-waiting = How many pictures one member may have waiting or being drawn at a time
option-setting-which = One of those that are set
command-settings-show = What holds here and where it comes from, and changing it
command-settings-guide = How Lienzo works, in short
option-setting-channel = Of one channel instead of the whole server

## Options by name, as Discord lists them (small letters, no spaces, at most 32)

name-prompt = prompt
name-negative_prompt = negative_prompt
name-seed = seed
name-size = size
name-count = count
name-checkpoint = checkpoint
name-image = image
name-strength = strength
name-what = what
name-mask = mask
name-expand = expand
name-lora = lora
name-control = control
name-control_image = control_image
name-control_strength = control_strength
name-blend = blend
name-blend_strength = blend_strength
name-first = first
name-second = second
name-third = third
name-loras = lora
name-lora_strength = lora_strength
name-steps = steps
name-guidance = guidance
name-private = private
name-search = search
name-number = number
name-generation = generation
name-member = member
name-credits = credits
name-days = days
name-reason = reason
name-role = role
name-unlimited = unlimited
name-window = window
name-waiting = waiting
name-which = which
name-variations = variations
name-hires = enlargement
name-channel = channel
name-preset = preset
name-name = name

category-borderline = suggestive content
category-harassment = harassment
category-public_figure = public figures
category-custom = something this server refuses
category-withheld_before = a prompt whose pictures were withheld before
category-taken_down = a picture that was taken down here
blocked-review = In this server a moderator has to look at this prompt first: { $what }. Nothing was charged.
refusal-edit = Edit
refusal-ask = Ask a moderator

## Moderation: what members read

refused-paused = ⏸️ You may not ask for pictures { $where } until { $when }. The reason: { $reason }.
refused-banned = ⛔ You may not ask for pictures { $where } any more. The reason: { $reason }.
refused-cooling-down = ⏸️ The safety filter stopped you several times. You can go on { $when }.
in-this-server = in this server
everywhere = anywhere
no-reason = none was given
ended-restricted = ✖️ The moderators ended this.
appeal-too-often = You have asked the moderators as often as you may today. Edit your prompt, or ask again tomorrow.
appeal-no-review-channel = The moderators of this server cannot be asked this way. (They choose a channel for it with `/settings show`.)
appeal-not-here = No moderator can let this pass.
appeal-forgotten = This is too long ago. Ask for your picture again, then press the button at once.
appeal-own = Somebody else has to decide about your own prompt.
appeal-asked = 🛡️ The moderators have been asked. You get a direct message when they decide; they have { $hours } hours.
appeal-approved = 🛡️ A moderator let your prompt pass: ask for it again in { $channel }, with the same words, within { $hours } hours.
appeal-denied = 🛡️ A moderator looked at your prompt in { $channel } and does not let it pass. (Asked within { $hours } hours.)
reported = 🚩 Thank you. The moderators have been told.
reported-before = 🚩 You have reported this picture already. The moderators know.
reported-hidden = 🚩 Thank you. The picture is hidden.
report-form = Report this picture
field-reason = What is wrong with it?

## Moderation: what moderators read

refused-not-moderator = Only moderators of this server can do that (the permission is called Manage Messages).
refused-not-restricted = There is nothing to lift: this member may ask for pictures.
refused-decided = This is decided already, or too old.
setting-yourself = that is you
setting-pause-needs-end = say for how long, up to a year; for good is `/moderate ban`
setting-too-many-phrases = { $most } phrases are the most; remove one first
setting-no-such-phrase = there is no such phrase; `/moderate phrase list` shows them
setting-phrase-length = from 2 to { $most } characters
setting-no-such-category = there is no such category
setting-no-such-action = there is no such action
setting-no-such-preset = there is no such preset
lienzo-itself = Lienzo
until-lifted = until a moderator lifts it
until-when = until { $when }
moderated-pause = ⏸️ { $member } may not ask for pictures { $where } { $until }. What they had waiting is cancelled.
moderated-ban = ⛔ { $member } may not ask for pictures { $where } { $until }. What they had waiting is cancelled.
moderated-lift = ✅ { $member } may ask for pictures again.
moderated-note = 📝 Noted about { $member }; moderators see it with `/moderate history`.
record-title = { $strikes ->
    [one] 🗂️ { $member } · stopped by the safety filter once in { $days } days
   *[other] 🗂️ { $member } · stopped by the safety filter { $strikes } times in { $days } days
 }
record-empty = Nothing was done yet.
taken-down = { $count ->
    [one] 🗑️ The picture is gone. It will not be drawn or posted here again.
   *[other] 🗑️ { $count } pictures are gone: it and what was made of it. They will not be drawn or posted here again.
 }
review-title = 🛡️ { $member } asks about a prompt that was refused: **{ $category }**
review-facts = rule `{ $rule }`, { $score } · decide { $when } at the latest · the prompt is behind the spoiler
review-approve = Approve once
review-phrase = Approve a phrase
review-deny = Deny
review-pause = Deny and pause for a day
phrase-title = A phrase to allow in this server
field-phrase = These words, as they are written, pass
decided-approve = ✅ { $moderator } let the prompt of { $member } pass once ({ $category }).
decided-phrase = ✅ { $moderator } let the prompt of { $member } pass, and a phrase of it from now on ({ $category }).
decided-deny = ✖️ { $moderator } did not let the prompt of { $member } pass ({ $category }).
decided-pause = ✖️ { $moderator } did not let the prompt of { $member } pass and paused them for a day ({ $category }).
report-title = { $count ->
    [one] 🚩 A picture of { $member } was reported by a member
   *[other] 🚩 A picture of { $member } was reported by { $count } members
 }
report-where = in { $channel } · number `{ $number }` · the preview is blurred
report-reason = Reason: { $reason }
report-hidden = It is hidden already.
report-shown = It is still shown.
report-remove = Take it down
report-pause = Take it down and pause for a day
report-keep = It is all right
report-audit = reported
handled-remove = 🗑️ { $moderator } took picture `{ $number }` down.
handled-pause = 🗑️ { $moderator } took picture `{ $number }` down and paused its member for a day.
handled-keep = ✅ { $moderator } found picture `{ $number }` all right. (If it was hidden, it is in its member's history again; its message is gone.)
audit-pause = { $moderator } paused { $member }
audit-ban = { $moderator } banned { $member }
audit-lift = { $moderator } let { $member } ask again
audit-note = { $moderator } noted about { $member }
audit-report = { $moderator } reported a picture of { $member }
audit-hide = a picture of { $member } was hidden after the report of { $moderator }
audit-kept = { $moderator } found a reported picture of { $member } all right
audit-takedown = { $moderator } took a picture of { $member } down
audit-review-approved = { $moderator } let a prompt of { $member } pass
audit-review-denied = { $moderator } did not let a prompt of { $member } pass
audit-policy = { $moderator } changed the safety policy
audit-phrase-allow = { $moderator } allowed a phrase
audit-phrase-deny = { $moderator } refused a phrase
audit-phrase-removed = { $moderator } removed a phrase
phrase-is-allow = allowed:
phrase-is-deny = refused:
phrases-none = This server has no phrases of its own.
phrase-removed = ✅ Removed.
phrase-tried = Of the last { $prompts } prompts of this server { $hits } would have been refused.

## Safety: what holds

policy-allow = allowed
policy-steer = led away from
policy-spoiler = behind a spoiler
policy-review = a moderator looks first
policy-block = refused
policy-apply = Apply
policy-applied = ✅ Applied. `/safety show` shows what holds now.
safety-title = 🛡️ What the safety filter does here (**{ $preset }**)
safety-fixed = **Always refused**, whatever anybody sets: sexual content with minors, with real persons, and made from somebody's picture
safety-suspected = What only looks as if it might be refused is drawn all the same, led away from that.
safety-pictures-checked = Every picture is looked at before it is posted ({ $checker }).
safety-pictures-unchecked = ⚠️ Nothing looks at the pictures: this Lienzo's operator accepted that, and so the strictest policy holds.
safety-uploads-on = Pictures to start from are taken.
safety-uploads-off = Pictures to start from are not taken.
safety-reviews = Who is refused can ask this server's moderators.
safety-no-reviews = Who is refused cannot ask this server's moderators yet (`/settings show`).
safety-kept = Of what is refused only a fingerprint is kept. What moderators are asked about is deleted { $hours } hours after they decided, or could have.
safety-limits = **What it cannot do**: it misses some of what it looks for, more so in other languages than English; it does not recognise persons; picture checks are weak on drawings and on what is violent or hateful. Report what you find: menu of the message, **Apps**.
proposal-title = For this whole server this would change:
proposal-title-channel = For { $channel } this would change:
proposal-change = { $category }: { $before } → **{ $after }**
proposal-nothing = nothing: the operator's floor, the channel's age restriction or what is set already decide
proposal-looser = ⚠️ Some of it is milder than now. It is written into the log.
transparency-title = 🛡️ In { $days } days members of this server asked for { $asked } pictures. The safety filter stopped:
transparency-nothing = nothing
transparency-refused = { $category }: { $prompts } prompts, { $pictures } pictures
transparency-people = Reports: { $reports } · taken down: { $removed } · paused: { $paused } · banned: { $banned }
transparency-reviews = Moderators were asked about { $asked } prompts and let { $approved } pass.
transparency-too-strict = ⚠️ { $category }: moderators often let it pass. Is the filter too strict there?
menu-report = Report
command-moderate = For moderators: members, pictures, phrases, and where you are told
command-moderate-pause = A member may not ask for pictures for a time
command-moderate-ban = A member may not ask for pictures any more
command-moderate-unban = Lift a pause or a ban
command-moderate-note = A note about a member, for moderators
command-moderate-history = What was done about a member
command-moderate-log = What was done in this server, newest first
command-moderate-takedown = Remove a picture and what was made of it, and keep it from coming back
command-moderate-phrase = Words that this server allows or refuses
command-moderate-phrase-allow = These words, as they are written, pass; fixed rules hold all the same
command-moderate-phrase-refuse = Whoever uses these words, hidden or not, is refused
command-moderate-phrase-try = How many of the last prompts these words would have refused
command-moderate-phrase-remove = Take a phrase back
command-moderate-phrase-list = This server's phrases
command-safety = What the safety filter does here
command-safety-show = What holds here, and what it cannot do
command-safety-preset = Choose a preset for this server or one channel (for managers)
command-safety-category = Choose what is done about one category (for managers)
command-safety-reset = Take the choice for this server or one channel back (for managers)
command-transparency = What the safety filter and the moderators did here, in numbers
option-moderated-member = Whom
option-moderated-reason = Why; the member and the other moderators read it
option-everywhere = In all servers (for whoever runs this Lienzo)
option-duration = For how long
option-note = What the other moderators should know
option-picture-link = The link of its message, or its number
option-phrase = The words
option-safety-channel = Only for this channel; the whole server if left out
option-safety-preset = family is the strictest; mature holds in age-restricted channels only
option-safety-category = What
option-safety-action = What is done about it

## Looking around

help-draw = Draw it
help-title = ## 🎨 Lienzo draws what you describe
    Type `/imagine` and say what you want to see. Or press one of these:
help-better = **Better pictures**
    - Name the thing first, then how it looks, then where it is: *a small red boat, calm sea, at sunset*.
    - What you do not want goes into `negative_prompt`.
    - Of `{ "{" }red|blue{ "}" }` one is drawn by lot.
    - The same `seed` and the same words give the same picture: change one thing at a time. `/compare` does that for you on one sheet.
help-after = **Under each picture**
    🔁 another one · 🎲 one much like it · 🔍 larger · ✏️ with other words · ⭐ keep it · 🗑️ take it away
    In the menu of anybody's picture (right-click, or press long, then **Apps**): **Remix** makes your own of it, **Send to me** sends you a copy, **Report** tells the moderators.
help-find = **Find it again**
    - `/history`, `/favourites`; `/tree` shows what came of what.
    - `/defaults` says what holds where you type nothing.
    - `/quota show` says what you have left, `/privacy show` what is kept of you.
help-rules = **What is not drawn,** and whom you can ask about it: `/safety show`.
command-describe = Words for a picture: what it shows, as a prompt you can draw
option-describe-image = The picture
command-suggest = Fuller prompts made of a few words
option-suggest-prompt = A few words to begin with
described = 👁️ **What it shows**
suggested = 💡 **Fuller prompts**
cut-out = ✂️ **Cut out:** { $words }
cut-out-note = Found by a model, so its outline may be wrong. It is a part of the picture you handed in, nothing was drawn; it is not kept here.
cut-out-alt = Cut out of a picture that was handed in, on a transparent background: { $words }
written-by-a-model = Written by a model: it may be wrong.

tree-title = 🌳 What came of what
tree-same = nothing changed
tree-more = …
change-prompt = prompt
change-negative_prompt = without
change-checkpoint = model
change-seed = seed
change-steps = steps
change-guidance = guidance
change-sampler = sampler
change-size = size
change-variation = variation
change-upscale = upscaled to
change-control = guided by
change-blend = blend
change-picture = repainted
change-loras = LoRA
stats-title = { $members ->
    [one] 📊 { $pictures } pictures by one member in { $days } days
   *[other] 📊 { $pictures } pictures by { $members } members in { $days } days
 }
stats-favourites = ⭐ { $count } times one became somebody's favourite
stats-seconds = ⏱️ { $seconds } s each on average
stats-checkpoints = 🖼️ Models: { $list }
stats-chart = Pictures in the last { $days } days
stats-alt = Bar chart: pictures for each day
command-help = A first lesson: how to ask, what you can do with a picture, and where to find it again
command-tree = What a picture was made from, and what came of it
command-stats = What was drawn in this server lately
command-compare = The same seed with two to four values of one parameter, on one sheet
option-parameter = What differs
option-values = Two to four values with commas between them, for example 10, 20, 40
option-sampler = The method that draws; the model's own if left out
name-parameter = parameter
name-values = values
name-sampler = sampler
name-duration = duration
name-everywhere = everywhere
name-text = text
name-picture = picture
name-category = category
name-action = action
name-safety-preset-preset = preset
