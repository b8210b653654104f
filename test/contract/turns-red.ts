/** Name of the broken backend → titles of the cases that must fail. */
export type Table = Readonly<Record<string, readonly string[]>>;

/**
 * The failing cases of each broken backend in `test/support/broken`. Each case of the contract must be here or below.
 */
export const turnsRed: Table = {
  'takes key bytes for text': ['a record comes back byte for byte: key, value and headers'],
  'takes text for ASCII': ['text that is not ASCII comes back unchanged'],
  'cuts values at 64 KiB': ['a value of 1 MB comes back unchanged'],
  'takes a null value for an empty one': ['a tombstone comes back with a null value'],
  'takes an empty value for null': ['an empty value comes back empty, not null'],
  'takes a null key for an empty one': ['a record without a key comes back with a null key'],
  'takes an empty key for null': ['an empty key comes back empty, not null'],
  'adds a header of its own': ['a record without headers comes back without headers'],
  'takes an empty header for null': ['a header with an empty value comes back empty, not null'],
  'takes a null header for an empty one': ['a header with a null value comes back null'],
  'sorts headers by name': ['headers come back in their order'],
  'keeps one of the headers with the same name': ['a repeated header comes back with all its values in their order'],
  'cuts what is too large': ['a record that is too large is refused'],
  'tells that it takes more than it does': ['a record as large as maxRecordBytes is taken'],
  'carries times in seconds': ['a record carries the time at which it was made, in ms since 1970'],

  'gives positions in reverse': ['publish resolves with the positions of its records, in their order'],
  'puts a call on the topic of its first record': ['one publish takes records of several topics'],
  'rejects a publish of nothing': ['publish of nothing resolves with nothing'],
  'wants topics made before they are published to': ['publish makes a topic that is missing'],
  'lets publishes overtake each other': [
    'the order of one key is the order of the calls, also when they do not wait for each other',
  ],
  'refuses together what was published together': [
    'a refused record fails its own call alone among those made together',
  ],
  'sends what nobody waits for any more': [
    'a publish that nobody waits for any more is not sent, and the others keep their order',
  ],
  'hands records over late': ['a record published through one backend reaches a member of another that waits'],
  'publishes a call in reverse': ['records of one key are handed over in the order of their publishing'],

  'leaves out the first record when it reads': ['read gives all that is retained, oldest first, and ends'],
  'goes on where the last reader left': ['read may be left in the middle'],
  'settles what it reads': ['read moves no group'],

  'has one group on each topic': ['every group gets every record'],
  'gives later members a group of their own': [
    'members of a group share its records: each goes to one of them',
    'a member that joins or stops costs no duplicate',
    'two members of one group run side by side on one backend',
  ],
  'lets one member in the process work': ['of two members of a group both get records'],
  'goes back to the start with every member': ['a group continues behind the last settled record after a restart'],
  'stops all its members with the first': [
    'two members of different groups run side by side on one backend',
    'members of one group on two topics run side by side on one backend',
  ],

  'wants topics made before they are consumed': ['consume makes a topic that is missing'],
  'refuses to make a topic again': ['createTopic resolves also when the topic is there'],
  'always tells that it made the group': [
    'createGroup tells whether it made the group, and leaves one that is there alone',
  ],
  'wants topics made before groups': ['createGroup makes a topic that is missing'],
  'keeps positions under another name': [
    'the position of a new group is durable before its first record is handed over',
  ],
  'never tells a member that it is one': [
    'a member hears that it has become one of its group, before its first record',
  ],
  'starts where it is asked to each time': ['start is ignored while the group has a position'],
  'starts at latest always': ['a group made by consume at earliest gets all that is retained'],
  'starts at earliest always': [
    'a group made by consume at latest gets what is published afterwards, also while no member runs',
    'a group made by consume at a time gets the records made at or after it',
  ],
  'makes all groups at latest': ['a group made by createGroup at earliest gets all that is retained'],
  'makes all groups at earliest': [
    'a group made by createGroup at latest gets what is published afterwards, also while no member runs',
    'a group made by createGroup at a time gets the records made at or after it',
  ],

  'settles a record before its call resolves': [
    'a record is not settled before its call resolves',
    'the longest finished prefix of a partition is settled, and nothing behind it',
  ],
  'settles records when it stops': [
    'a record is settled when its call resolves',
    'the end of each burst is settled, though no record comes after it',
  ],
  'settles what was lost': [
    'a record whose call was pending goes to the next member',
    'lost aborts when the stop budget is spent, and what rejects then is unsettled and no error',
  ],

  'starts every third call late': ['calls start in order within a partition'],
  'opens fewer calls': ['maxInFlight calls are open at once, not fewer'],
  'opens one call more': ['no more than maxInFlight calls are open at once'],
  'opens twice as many calls': ['maxInFlight holds under load'],
  'counts open calls for the window': [
    'the window spans from the oldest unsettled to the newest handed over, finished ones included',
  ],
  'has one window over all partitions': ['a full window holds up its own partition alone'],

  'hears of stop late': [
    'at stop nothing more starts, although there is more',
    'at stop nothing more starts under load',
    'with stop aborted before, consume resolves and hands nothing over',
  ],
  'does not wait for calls at stop': ['at stop consume waits for the calls that run'],
  'forgets at stop what was running': ['at stop the calls that run are settled before consume resolves'],
  'waits for a lease before it begins': ['after a stop another member continues at once, without duplicates'],
  'never tells that a record is lost': [
    'lost aborts when the stop budget is spent, and what rejects then is unsettled and no error',
  ],
  'leaves no time to stop': ['lost does not abort before the stop budget is spent'],
  'takes a rejection after stop for an error': [
    'a call that rejects after stop leaves its record unsettled and is no error',
  ],
  'settles what was rejected after stop': [
    'a call that rejects after stop leaves its record unsettled and is no error',
  ],
  'resolves late after stop': ['a member that waits for records stops at once'],

  'counts every record as left behind': ['a member that gives a record back when it stops has not vanished with it'],

  'wraps what calls reject with': ['consume rejects with the very error of a call that rejects'],
  'settles what rejects, and goes on for a while': [
    'nothing later starts when a call has rejected',
    'calls that run when another rejects are settled, the rejected one is not',
  ],
  'does not wait for calls when one rejects': ['calls that run when another rejects end before consume rejects'],
  'consumes once': [
    'consume may be called again on the same backend after a stop',
    'consume may be called again on the same backend after a rejection',
  ],
  'takes slow records for lost': ['a member that lives keeps its record, however long its call takes'],

  'tells that nothing is unsettled': ['behind counts what the group has not settled, and falls to 0'],
  'counts all that it has for lag': ['groups have a lag each'],
  'tells the end for the position': ['position is where the oldest unsettled record lies'],
  'tells the position for the end': ['end is where the next published record will lie'],
  'tells no time of the oldest': ['oldestAt is when the oldest unsettled record was made, and null without one'],
  'tells now for the time of the oldest': [
    'oldestAt is when the oldest unsettled record was made, and null without one',
  ],
  'lists topics with records only': ['topics has every topic once, also one without records'],
  'lists topics twice': ['topics has every topic once, also one without records'],
  'lists one group of a topic': ['groups has the groups of the topic, and not those of others'],
  'lists the groups of all topics': ['groups has the groups of the topic, and not those of others'],
  'lists a group that is none': ['groups of a topic that nobody has consumed are none'],
  'lists no members': ['groups tells a member while it lives'],
  'lists the members of one group for all': ['groups tells a member while it lives'],
  'lists one member of a group': ['groups tells each of several members'],
  'lists no groups of unknown topics': ['groups of an unknown topic are refused'],

  'tells no end': ['a group that has settled all stands at the end of every partition'],

  'marks nothing as a replay': [
    'a replay stays one when the group is moved back again in the middle of it',
    'a group moved to the start gets all that is retained, marked as a replay, and new records unmarked',
  ],
  'marks everything as a replay': [
    'a group moved to the start gets all that is retained, marked as a replay, and new records unmarked',
    'a group moved forward skips what lies between',
    'a record whose call was pending goes to the next member',
    'what a move skipped is no replay when the group is moved back',
    'what lay before a group that began at latest is no replay when it is moved back',
  ],
  'tells that no record comes again': [
    'a move tells how many records come again and how many are skipped',
    'what a move tells is what the lag grows and falls by, whatever was in hand',
  ],
  'tells that no record is skipped': ['a move tells how many records come again and how many are skipped'],
  'forgets what it was moved for': [
    'a group is moved once for the same, also over a restart, and goes on where it stood',
  ],
  'takes its time to move, and forgets what it was for': [
    'of processes that move a group for the same and consume, all go on and each record comes again once',
  ],
  'knows one reason to move': [
    'a group is moved again for something else, and not for what came before it',
    'a group with members is not moved for something new, and may be asked for what it was moved for',
  ],
  'forgets the reason before the last': ['a group is moved again for something else, and not for what came before it'],
  'does not count a move to where the group is': [
    'a group that is where it would be moved to is moved for it all the same',
  ],
  'marks in a dry run what it would be moved for': ['a dry run does not count as moved, and tells when it was'],
  'moves once for all groups': ['what one group was moved for is not what others were'],
  'marks a replay for its first member': ['a replay stays a replay when another member continues it'],
  'moves to the start wherever it is told': ['a group moved to the end gets what is published afterwards'],
  'moves to the start instead of a time': ['a group moved to a time gets the records made at or after it'],
  'moves to the end instead of a position': [
    'a group moved to a position gets the record there next',
    'a group moved forward skips what lies between',
    'a group is not moved to a position that is none',
  ],
  'tells where it moved to for where it moved from': ['a move tells from where to where, in every partition'],
  'moves in a dry run': ['a dry run tells what a move would do and changes nothing'],
  'does not say that it did not move': [
    'a group is not moved while it has members, and may be as soon as they have stopped',
    'a group is not moved to a position that is none',
    'a move on an unknown topic is refused',
    'a move of an unknown group is refused',
    'a dry run of an unknown group is refused',
  ],
  'moves all groups with one': ['a move of one group leaves the others alone'],

  'knows no unknown topics and groups': [
    'positions of an unknown topic are refused',
    'positions of an unknown group are refused',
  ],
  'does not name what is unknown': [
    'positions of an unknown group are refused',
    'a move on an unknown topic is refused',
  ],
  'reads nothing from unknown topics': ['reading an unknown topic is refused'],

  'drops at close what is under way': ['close waits for what was published before'],
  'rejects a second close': ['close may be called twice, also at once'],
  'takes records after close': ['publish after close rejects'],
  'closes all backends of the process with the first': ['close of one backend leaves others alone'],
  'answers pings after close': ['ping resolves while the broker answers, and rejects after close'],
};

/** Broken backends that need processes, or a backend that settles records one by one. */
export const turnsRedOnEmbedded: Table = {
  'settles records in the order of their start': ['each finished record is settled by itself'],
  'never tells that a record is lost': [
    'lost aborts when another member has taken the record, and consume goes on with others',
  ],
  'settles a record before it hands it over': [
    'none of 10,000 records is missing after a kill -9 of the consumer in the middle',
    'none is missing, and the work is taken over in time, after a kill -9 of one of two members',
  ],
  'starts every third call late': ['the order of a key survives a kill -9 of the consumer'],
  'takes keys away': ['the order of a key survives a kill -9 of one of two members'],
  'settles three seconds late': [
    'a kill -9 of the consumer repeats no more than the window and what was settled within a round trip',
  ],
  'resolves a publish before it is made': ['what publish resolved for survives a kill -9 of the publisher'],
  'lets publishes overtake each other': [
    'records published by two processes at once are all there, each in the order of its calls',
  ],
  'does not count who vanished': ['a record tells how many members vanished with it in hand'],
  'counts who vanished with one record for all': [
    'records behind one that ends its process do not share its count for long',
  ],
  'keeps records in their process': ['a process that comes and goes leaves the records of others alone'],
  'leaves a timer behind': ['nothing keeps a process alive after close'],
};
