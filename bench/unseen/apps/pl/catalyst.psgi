use strict;
package Hooks::Controller::Root;
use base 'Catalyst::Controller';
__PACKAGE__->config(namespace => '');
sub ok : Local { $_[1]->res->body('ok') }
sub sig : Local { my ($self, $c) = @_; $c->res->status(401); $c->res->body('webhook signature check failed') }
sub boom : Local { die 'no workspace' }
sub json : Local { my ($self, $c) = @_; $c->res->body($c->req->body_data->{type}) }
sub getonly : Local GET { $_[1]->res->body('up') }
sub login : Local { my ($self, $c) = @_; $c->res->redirect('/login') }
sub noslash : Local { $_[1]->res->body('ok') }
sub default : Path { my ($self, $c) = @_; $c->res->status(404); $c->res->body('Page not found') }
$INC{'Hooks/Controller/Root.pm'} = 1;

package Hooks;
use Catalyst;
__PACKAGE__->config(name => 'Hooks', setup_components => { except => [] });
__PACKAGE__->setup;
Hooks->psgi_app;
