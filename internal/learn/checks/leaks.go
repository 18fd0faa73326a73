package checks

// What evaluate finds that gives the target away.
var ofLeaks = []*Check{}
