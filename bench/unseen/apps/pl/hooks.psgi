# A plain PSGI application: Starman, Twiggy and Starlet serve it.
use strict;
use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;

my $answers = do { local (@ARGV, $/) = "$ENV{APPS}/answers.json"; decode_json(<>) };

sub plain { my ($status, $body) = @_; [$status, ['Content-Type' => 'text/plain', 'Content-Length' => length $body], [$body]] }

sub {
    my $env = shift;
    my $body = '';
    $env->{'psgi.input'}->read($body, $env->{CONTENT_LENGTH} || 0);
    my $path = $env->{PATH_INFO};
    return plain(200, 'ok') if $path eq '/ok';
    if (my $answer = $answers->{$path}) { return [$answer->[0], ['Content-Type' => $answer->[1], 'Content-Length' => length $answer->[2]], [$answer->[2]]] }
    if ($path eq '/sig') {
        my $wanted = 'sha256=' . hmac_sha256_hex($body, 'whsec_of_the_staging_workspace');
        return plain(401, "invalid signature\n") unless ($env->{HTTP_X_NOTION_SIGNATURE} || '') eq $wanted;
    }
    return plain(403, '') if $path eq '/sig-bare';
    die "no workspace in the event\n" if $path eq '/boom';
    return plain(200, decode_json($body)->{type}) if $path eq '/json';
    return plain(404, 'not found');
};
